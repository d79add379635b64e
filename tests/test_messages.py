"""The page has a sentence for everything that the service can say, with the values that it is given."""

import json
import re
from pathlib import Path
from typing import Any

from neurarium.probes import readings
from neurarium_models.layers import LAYERS

WORDS: dict[str, Any] = json.loads(
    (Path(__file__).parents[1] / "frontend/src/messages/en.json").read_text()
)


FROM_THE_PAGE = {"way", "step", "sure", "right", "cell"}
"""Values that the page adds: whether a product pushes up or down, the step, a probability as percent, the name of a
cell, whether an answer is the true one."""


def sentence(key: str) -> str | None:
    found: Any = WORDS
    for step in key.split("."):
        found = found.get(step) if isinstance(found, dict) else None
    return found if isinstance(found, str) else None


def test_every_reading_has_a_sentence_of_its_own_values() -> None:
    for key, values in readings().items():
        words = sentence(key)
        assert words, f"frontend/src/messages/en.json has no sentence for the reading {key}"
        used = set(re.findall(r"\{(\w+)[,}]", words))
        assert used <= {*values, *FROM_THE_PAGE}, (
            f"{key} is given {values}, but its sentence uses {used}"
        )


def test_every_layer_has_a_name_and_every_name_a_layer() -> None:
    assert WORDS["network"]["kind"].keys() == LAYERS.keys()
    assert WORDS["network"]["short"].keys() <= LAYERS.keys()
    assert all(name for shelf in ("kind", "short") for name in WORDS["network"][shelf].values())
