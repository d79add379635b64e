"""Arguments of a call as the document writes them, and back."""

import math
from collections.abc import Mapping
from typing import Any

import torch


def write(argument: Any, ids: Mapping[Any, str]) -> Any:
    """Write an argument; `ids` names the values among them. TypeError for what the document has no word for."""
    if isinstance(argument, torch.fx.Node):
        return {"value": ids[argument]}
    if isinstance(argument, (list, tuple)):
        return [write(each, ids) for each in argument]
    if isinstance(argument, torch.device):
        return {"torch": "device"}
    if isinstance(argument, (torch.dtype, torch.layout, torch.memory_format)):
        return {"torch": str(argument).removeprefix("torch.")}
    if isinstance(argument, float) and not math.isfinite(argument):
        return {"number": str(argument)}
    if argument is None or isinstance(argument, (bool, int, float, str)):
        return argument
    raise TypeError(f"an argument of the kind {type(argument).__name__} cannot be written down")


def read(word: Any, values: Mapping[str, Any], device: torch.device) -> Any:
    """Read an argument again; `device` is where the operations are executed."""
    if isinstance(word, list):
        return [read(each, values, device) for each in word]
    if not isinstance(word, dict):
        return word
    if "value" in word:
        return values[word["value"]]
    if "number" in word:
        return float(word["number"])
    return device if word["torch"] == "device" else getattr(torch, word["torch"])
