"""Random networks, edited at random: never a crash, never a silent reset, the same answers where that is promised."""

import random
from typing import Any

import pytest
import torch

from neurarium.training.surgery import Transfer, transfer
from neurarium_models.graph import Graph
from neurarium_models.inspect import inspect
from neurarium_models.network import Network, build_network
from tests.backend.training.edits import Document, difference, learned, node

SEEDS = range(60)
BENDS = ("ReLU", "Tanh", "GELU", "Sigmoid")


def grown(chance: random.Random) -> Document:
    """A chain of layers in the plane or on images, with norms, bends, residual ways and things side by side."""
    on_images = chance.random() < 0.5
    nodes: list[Document] = []
    last, width = "x", 2

    def add(kind: str, *sources: str, **settings: Any) -> str:
        nodes.append(node(f"n{len(nodes)}", kind, *sources, **settings))
        return str(nodes[-1]["id"])

    for _ in range(chance.randint(1, 4)):
        width = chance.randint(1, 6)
        if on_images:
            last = add("Conv2d", last, out_channels=width, padding=1)
        else:
            last = add("Linear", last, out_features=width)
        if chance.random() < 0.4:
            last = add("BatchNorm2d" if on_images else "BatchNorm1d", last)
        if chance.random() < 0.15 and not on_images:
            last = add("LayerNorm", last)
        last = add(chance.choice(BENDS), last)
        if chance.random() < 0.3:
            kind = "Conv2d" if on_images else "Linear"
            size = {"out_channels": width, "padding": 1} if on_images else {"out_features": width}
            last = add("Add", add(kind, last, **size), last)
        elif chance.random() < 0.3:
            last = add("Concat", last, last, axis="C" if on_images else -1)
    if on_images:
        last = add("Flatten", add("AvgPool2d", last, kernel_size=chance.choice([2, 3, 6])))
    add("Linear", last, out_features=3)
    shape = {"axes": ["C", "H", "W"], "shape": [2, 6, 6]} if on_images else {}
    return {
        "inputs": {"x": shape or {"axes": ["D"], "shape": [2]}},
        "nodes": nodes,
        "outputs": {"y": nodes[-1]["id"]},
    }


def sized(each: Document) -> str | None:
    return next((key for key in ("out_features", "out_channels") if key in each["layer"]), None)


def edited(document: Document, chance: random.Random, edits: int) -> Document:
    """Change it here and there; what does not work is for the inspection to refuse."""
    for number in range(edits):
        nodes = [dict(each) for each in document["nodes"]]
        at = chance.randrange(len(nodes))
        each = nodes[at]
        key = sized(each)
        match chance.choice(["size", "size", "insert", "remove", "swap", "skip"]):
            case "size" if key:
                each["layer"] = each["layer"] | {key: chance.randint(1, 9)}
            case "insert":
                kind = chance.choice(["Linear", "Conv2d", "ReLU", "BatchNorm1d", "Add", "Softmax"])
                settings: Document = {}
                if kind in ("Linear", "Conv2d"):
                    settings = {"out_features" if kind == "Linear" else "out_channels": 3}
                name = f"new{number}x{chance.randrange(1000)}"
                nodes.insert(at + 1, node(name, kind, each["id"], **settings))
                redirected(nodes[at + 2 :], each["id"], name)
            case "remove" if at < len(nodes) - 1:
                del nodes[at]
                redirected(nodes, each["id"], each["inputs"][0])
            case "swap" if each["layer"]["kind"] in BENDS:
                each["layer"] = {"kind": chance.choice(BENDS)}
            case "skip":
                each["inputs"] = [chance.choice(["x", *(other["id"] for other in nodes[:at])])]
        tried = document | {"nodes": nodes, "outputs": {"y": nodes[-1]["id"]}}
        if not inspect(Graph.model_validate(tried)).errors:
            document = tried
    return document


def redirected(nodes: list[Document], old: str, new: str) -> None:
    for each in nodes:
        each["inputs"] = [new if source == old else source for source in each["inputs"]]


def remembered(network: Network) -> dict[str, Any]:
    """A memory that can be told from nothing: every number is that of the parameter."""
    return {
        name: {"step": torch.tensor(5.0), "exp_avg": value.detach().clone()}
        for name, value in network.named_parameters()
    }


@pytest.mark.parametrize("seed", SEEDS)
def test_whatever_is_edited_all_that_fits_is_kept(seed: int) -> None:
    chance = random.Random(seed)
    before = grown(chance)
    after = edited(before, chance, chance.randint(1, 5))
    old = learned(before, seed)
    new = build_network(Graph.model_validate(after), 99).double().eval()
    done = transfer(old, new, remembered(old), seed)
    assert torch.isfinite(answered(new)).all()
    check(old, new, done, is_resized(before, after))


def test_a_network_that_began_anew_would_be_noticed() -> None:
    before = grown(random.Random(3))
    old = learned(before, 3)
    new = build_network(Graph.model_validate(before), 99).double().eval()
    done = transfer(old, new, remembered(old), 3)
    check(old, new, done, False)
    fresh = build_network(Graph.model_validate(before), 99).double().eval()
    with pytest.raises(AssertionError):
        check(old, fresh, done, False)
    forgetful = {name: {"exp_avg": torch.zeros_like(v)} for name, v in new.named_parameters()}
    with pytest.raises(AssertionError):
        check(old, new, Transfer(done.fates, forgetful), False)


def check(old: Network, new: Network, done: Transfer, is_resized: bool) -> None:
    """Look for what was lost. Where sizes are others, units move, and with them the columns that read them."""
    was = dict(old.named_parameters())
    now = dict(new.named_parameters())
    assert set(done.memory) == set(now)
    assert set(done.fates) == set(was) | set(now)
    for name, value in now.items():
        memory = done.memory[name]["exp_avg"]
        assert memory.shape == value.shape
        if name not in was:
            assert done.fates[name] == "new"
            assert not memory.any()
            continue
        assert memory.any(), f"nothing of {name} is remembered"
        assert done.memory[name]["step"] == 5
        numbers = was[name].flatten().tolist()
        assert set(memory.flatten().tolist()) <= {0.0, *numbers}
        if done.fates[name] == "kept":
            assert sorted(value.flatten().tolist()) == sorted(numbers), name
        if value.shape == was[name].shape and not is_resized:
            assert torch.equal(value, was[name]), name
            assert done.fates[name] == "kept"


def is_resized(before: Document, after: Document) -> bool:
    """Whether the size of any layer that stays is another."""
    sizes = [
        {each["id"]: each["layer"][sized(each)] for each in document["nodes"] if sized(each)}
        for document in (before, after)
    ]
    one, other = sizes
    return any(one[each] != other[each] for each in one if each in other)


def answered(network: Network) -> torch.Tensor:
    (spec,) = network.graph.inputs.values()
    with torch.no_grad():
        answer: torch.Tensor = network({"x": torch.randn(4, *spec.shape, dtype=torch.float64)})["y"]
    return answer


@pytest.mark.parametrize("seed", SEEDS)
def test_wider_networks_answer_the_same_whatever_they_are_made_of(seed: int) -> None:
    """All sizes but the last grow, those that are added up alike; norms over units see each of them twice."""
    chance = random.Random(seed)
    before = grown(chance)
    doubled = any(each["layer"]["kind"] == "LayerNorm" for each in before["nodes"])
    after = before | {"nodes": [dict(each) for each in before["nodes"]]}
    wider: dict[int, int] = {}
    for each in after["nodes"][:-1]:
        key = sized(each)
        if key:
            size = each["layer"][key]
            extra = size if doubled else chance.randint(0, 2 * size)
            each["layer"] = each["layer"] | {key: wider.setdefault(size, size + extra)}
    old = learned(before, seed)
    new = build_network(Graph.model_validate(after), 99).double().eval()
    done = transfer(old, new, remembered(old), seed)
    assert difference(old, new) < 1e-6
    assert set(done.fates.values()) <= {"kept", "widened"}
