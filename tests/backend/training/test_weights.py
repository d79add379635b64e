"""Weights from elsewhere: what fits is taken, what does not is said with numbers, and all is given back exactly."""

from typing import Any

import numpy as np
import pytest
import safetensors.torch
import torch
from safetensors.torch import load, save
from torch import Tensor, nn

from neurarium.training.command import (
    CommandError,
    EditGraph,
    Effect,
    ReturnWeights,
    SetWeight,
    TakeWeights,
)
from neurarium.training.effect import EFFECTS
from neurarium.training.parcel import Lent, Loose, name_of
from neurarium.training.run import Run
from neurarium_models.graph import Graph
from neurarium_models.network import GraphError, build_network
from tests.backend.training.jobs import dropping, graph, linear, make_job, mlp, take, trained
from tests.models.random_graphs import random_graph

ADAM = {"kind": "Adam", "lr": 0.01}


def file_of(run: Run) -> bytes:
    return save({name: value.clone() for name, value in run.network.state_dict().items()})


def give(run: Run, file: bytes, **settings: Any) -> Effect:
    return run.apply(TakeWeights(parcel=run.parcels.put(file), **settings))


def changed(file: bytes, **tensors: Tensor | None) -> bytes:
    found = load(file) | {name.replace("__", "."): value for name, value in tensors.items()}
    return save({name: value for name, value in found.items() if value is not None})


@pytest.mark.parametrize("document", [mlp(), dropping()], ids=["mlp", "with buffers"])
def test_all_of_another_run_is_taken_and_training_goes_on(document: dict[str, Any]) -> None:
    run = trained(7, graph=document, optimizer=ADAM, seed=11)
    other = trained(30, graph=document)
    moments = {key: value for key, value in run.state().tensors.items() if "optimizer" in key}
    effect = give(run, file_of(other), strict=True)
    assert (effect.step, effect.message) == (7, "effect.weights")
    assert set(effect.values) == set(EFFECTS[effect.message])
    assert set(effect.parameters) == set(other.network.state_dict())
    assert set(effect.parameters.values()) == {"taken"}
    assert effect.notes == []
    for name, value in other.network.state_dict().items():
        assert torch.equal(run.network.state_dict()[name], value)
    after = run.state()
    assert after.facts.step == 7
    assert all(torch.equal(after.tensors[name], value) for name, value in moments.items())
    take(run, 5)
    assert run.step == 12


@pytest.mark.parametrize("document", [mlp(), dropping()], ids=["mlp", "with buffers"])
def test_undo_at_once_leaves_no_trace(document: dict[str, Any]) -> None:
    run = trained(7, graph=document, optimizer=ADAM, seed=11)
    before = run.state().digest()
    effect = give(run, file_of(trained(30, graph=document)))
    given = run.state().digest()
    assert given != before
    back = run.apply(effect.undo)
    assert run.state().digest() == before
    assert (back.message, set(back.values)) == ("effect.weights_back", set(EFFECTS[back.message]))
    run.apply(back.undo)
    assert run.state().digest() == given
    run.apply(effect.undo)
    take(run, 9)
    assert (
        run.state().digest()
        == trained(16, graph=document, optimizer=ADAM, seed=11).state().digest()
    )


def test_undo_behind_an_edit_of_the_network_brings_back_both() -> None:
    run = trained(7, optimizer=ADAM)
    first = run.state().digest()
    edited = run.apply(
        EditGraph(
            graph=Graph.model_validate(
                graph(linear("hidden", 3, "x"), linear("output", 1, "hidden"))
            )
        )
    )
    taken = give(run, file_of(run))
    run.apply(taken.undo)
    run.apply(edited.undo)
    assert run.state().digest() == first


def test_undo_later_brings_back_the_weights_and_what_was_remembered() -> None:
    run = trained(7, optimizer=ADAM)
    before = run.state()
    effect = give(run, file_of(trained(30)))
    take(run, 12)
    run.apply(effect.undo)
    after = run.state()
    assert after.facts.step == 19
    for name, value in before.tensors.items():
        assert torch.equal(after.tensors[name], value)
    take(run, 3)


def test_undo_for_another_network_is_refused_and_changes_nothing() -> None:
    run = trained(7)
    effect = give(run, file_of(trained(30)))
    run.apply(
        EditGraph(
            graph=Graph.model_validate(
                mlp(kind="ReLU") | {"nodes": [linear("other", 1, "x")], "outputs": {"y": "other"}}
            )
        )
    )
    before = run.state().digest()
    with pytest.raises(CommandError, match="another one by now"):
        run.apply(effect.undo)
    assert run.state().digest() == before


def test_what_does_not_fit_is_named_with_its_numbers() -> None:
    run = trained(3)
    file = changed(
        file_of(trained(9)),
        hidden__weight=torch.zeros(6, 2),
        output__bias=None,
        more=torch.zeros(4),
    )
    sentences = [
        "`hidden.weight` is 5 × 2 here, but 6 × 2 there.",
        "`output.bias` is not among them.",
        "`more` has no place in this network.",
    ]
    before = run.state().digest()
    with pytest.raises(CommandError) as refused:
        give(run, file, strict=True)
    assert str(refused.value) == "2 of 4 tensors fit, but all should: " + " ".join(sentences)
    assert run.state().digest() == before
    effect = give(run, file)
    assert effect.notes == sentences
    assert effect.parameters == {
        "hidden.bias": "taken", "output.weight": "taken", "output.bias": "missing", "hidden.weight": "unlike",
    }  # fmt: skip
    assert {**effect.values, "source": ""} == {
        "source": "", "taken": 2, "missing": 1, "unlike": 1, "others": 1,
    }  # fmt: skip


REFUSED: list[tuple[dict[str, Tensor | None], str]] = [
    (
        {"hidden__bias": torch.full((5,), float("nan"))},
        "`hidden.bias` holds 5 values that are no finite",
    ),
    ({"hidden__bias": torch.full((5,), 1e300, dtype=torch.float64)}, "no finite numbers"),
    ({"hidden__bias": torch.zeros(5, dtype=torch.int64)}, "holds real numbers here, but whole"),
    ({"hidden__bias": torch.zeros(())}, "`hidden.bias` is 5 here, but one number there"),
]


@pytest.mark.parametrize(("tensors", "sentence"), REFUSED)
def test_tensors_of_another_kind_are_refused(tensors: dict[str, Any], sentence: str) -> None:
    run = trained(3)
    before = run.state().digest()
    with pytest.raises(CommandError, match=sentence):
        give(run, changed(file_of(trained(9)), **tensors), strict=True)
    assert run.state().digest() == before


def test_nothing_that_fits_is_refused() -> None:
    run = trained(3)
    with pytest.raises(CommandError, match="None of the 1 tensors there fits"):
        give(run, save({"nowhere": torch.zeros(2)}))
    with pytest.raises(CommandError, match="Nothing is learned in `bend` here"):
        give(run, file_of(run), nodes={"bend": "bend"})
    with pytest.raises(CommandError, match="not kept with the run"):
        run.apply(TakeWeights(parcel="0" * 64))
    with pytest.raises(CommandError, match="not kept"):
        run.apply(ReturnWeights(parcel="0" * 64))
    with pytest.raises(CommandError, match="no safetensors"):
        give(run, b"something else")


def test_only_the_nodes_that_are_named_are_taken() -> None:
    run, other = (
        trained(3),
        trained(30, graph=graph(linear("first", 5, "x"), linear("last", 1, "first"))),
    )
    before = run.state().tensors
    effect = give(run, file_of(other), nodes={"hidden": "first"})
    assert effect.parameters == {"hidden.weight": "taken", "hidden.bias": "taken"}
    theirs, ours = other.network.state_dict(), run.network.state_dict()
    assert torch.equal(ours["hidden.weight"], theirs["first.weight"])
    assert torch.equal(ours["output.weight"], before["parameter.output.weight"])


def tied() -> dict[str, Any]:
    nodes = [linear("one", 2, "x"), linear("two", 2, "one"), linear("output", 1, "two")]
    return graph(*nodes) | {"tied": [["one.weight", "two.weight"]]}


def test_a_tensor_that_is_used_twice_is_taken_once() -> None:
    run = trained(3, graph=tied())
    full = load(file_of(trained(9, graph=tied())))
    one = {name: value for name, value in full.items() if name != "two.weight"}
    give(run, save(one), strict=True)
    assert torch.equal(run.network.state_dict()["two.weight"], full["one.weight"])
    with pytest.raises(CommandError, match="one tensor here that is used 2 times"):
        give(run, save(full | {"two.weight": torch.zeros(2, 2)}), strict=True)


def test_taken_weights_then_one_more_by_hand_are_as_the_journal_says() -> None:
    run, file = trained(3), file_of(trained(9))
    give(run, file)
    run.apply(SetWeight(parameter="hidden.bias", index=(0,), value=0.5))
    take(run, 4)
    again = Run(make_job())
    take(again, 3)
    give(again, file)
    again.apply(SetWeight(parameter="hidden.bias", index=(0,), value=0.5))
    take(again, 4)
    assert again.state().digest() == run.state().digest()


def test_a_lent_parcel_is_read_and_nothing_is_put_there() -> None:
    own = Loose()
    name = own.put(b"weights")
    lent = Lent(own)
    assert lent.get(name) == b"weights"
    assert lent.put(b"others") == name_of(b"others")
    lent.keep([])
    assert list(own) == [name]
    own.keep([])
    assert not own


@pytest.mark.parametrize("seed", range(40))
def test_out_and_in_again_is_the_identity_for_random_graphs(seed: int) -> None:
    """The oracle is plain torch: `load_state_dict` of the same file."""
    try:
        one, two, three = (build_network(random_graph(seed), number) for number in (1, 2, 3))
    except GraphError:
        pytest.fail("a random graph that makes no network")
    for value in one.state_dict().values():
        if value.is_floating_point():
            value.add_(torch.rand(value.shape))
    if not one.state_dict():
        return
    file = save({name: value.clone() for name, value in one.state_dict().items()})
    run = Run(make_job())
    run.network = two
    give(run, file, strict=True)
    three.load_state_dict(load(file))
    for name, value in three.state_dict().items():
        assert torch.equal(two.state_dict()[name], value)


def test_a_file_of_plain_torch_is_taken() -> None:
    """What others write with `save_file`, in half precision too, arrives as torch itself would load it."""

    class Net(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.hidden, self.output = nn.Linear(2, 5), nn.Linear(5, 1)

        def forward(self, x: Tensor) -> Tensor:
            answer: Tensor = self.output(torch.tanh(self.hidden(x)))
            return answer

    net = Net().half()
    run = trained(3)
    give(run, safetensors.torch.save(net.state_dict()), strict=True)
    x = torch.tensor(np.random.default_rng(0).normal(size=(8, 2)), dtype=torch.float32)
    with torch.no_grad():
        assert torch.equal(run.network({"x": x})["y"], net.float()(x))
