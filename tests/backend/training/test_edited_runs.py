"""A run whose network is edited goes on: with what its optimiser remembers, in the same order, and back if asked."""

import pytest
import torch

from neurarium.training.command import CommandError, EditGraph, SetWeight
from neurarium.training.effect import EFFECTS
from neurarium.training.run import Run
from neurarium_models.graph import Graph
from tests.backend.training.edits import Document, inserted, node
from tests.backend.training.jobs import activation, dropping, graph, linear, mlp, take, trained

ADAM = {"kind": "Adam", "lr": 0.02}
MOMENTUM = {"kind": "SGD", "lr": 0.1, "momentum": 0.9}
REST = mlp()["nodes"][1:]


@pytest.mark.parametrize("optimizer", [ADAM, MOMENTUM], ids=["Adam", "SGD"])
def test_copies_learn_different_things(optimizer: Document) -> None:
    run = trained(20, optimizer=optimizer)
    run.apply(EditGraph(graph=Graph.model_validate(graph(linear("hidden", 10, "x"), *REST))))
    hidden = run.network.get_parameter("hidden.weight")
    assert torch.equal(hidden[:5], hidden[5:])
    take(run, 30)
    apart = (hidden[:5] - hidden[5:]).detach().abs().max(1).values
    assert bool((apart > 1e-4).all())


def test_the_optimiser_remembers_by_the_same_ways() -> None:
    for optimizer in (ADAM, MOMENTUM):
        run = trained(20, optimizer=optimizer, precision="float64")
        before = run.state().tensors
        run.apply(EditGraph(graph=Graph.model_validate(graph(linear("hidden", 7, "x"), *REST))))
        after = run.state().tensors
        copies = [0, 1, 2, 3, 4, 0, 1]
        keys = [name.rpartition(".")[2] for name in before if name.startswith("optimizer.hidden.w")]
        assert keys
        for key in keys:
            old = before[f"optimizer.hidden.weight.{key}"]
            assert torch.equal(
                after[f"optimizer.hidden.weight.{key}"], old[copies] if old.ndim else old
            )
            old = before[f"optimizer.output.weight.{key}"]
            assert torch.equal(
                after[f"optimizer.output.weight.{key}"], old[:, copies] if old.ndim else old
            )
        deeper = inserted(
            "bend", [linear("mid", 7, "bend")], graph(linear("hidden", 7, "x"), *REST)
        )
        run.apply(EditGraph(graph=Graph.model_validate(deeper)))
        last = run.state().tensors
        assert all(not last[f"optimizer.mid.weight.{key}"].any() for key in keys)
        take(run, 5)


def test_a_wider_network_goes_on_from_the_same_loss() -> None:
    run = trained(30, optimizer=ADAM)
    loss = run.evaluate()["train_loss"]
    run.apply(EditGraph(graph=Graph.model_validate(graph(linear("hidden", 12, "x"), *REST))))
    assert run.evaluate()["train_loss"] == pytest.approx(loss, rel=1e-4)
    take(run, 30)
    assert run.evaluate()["train_loss"] < loss


@pytest.mark.parametrize("optimizer", [ADAM, MOMENTUM], ids=["Adam", "SGD"])
@pytest.mark.parametrize("width", [2, 5, 9])
def test_undone_at_once_an_edit_leaves_no_trace(optimizer: Document, width: int) -> None:
    run = trained(9, graph=dropping(), optimizer=optimizer)
    digest = run.state().digest()
    after = dropping()
    after["nodes"][0] = linear("hidden", width, "x")
    after["nodes"][1] = node("norm2", "BatchNorm1d", "hidden")
    after["nodes"][2] = node("drop", "Dropout", "norm2", p=0.3)
    effects = [run.apply(EditGraph(graph=Graph.model_validate(after)))]
    wider = mlp() | {"nodes": [linear("hidden", 30, "x"), *REST]}
    effects.append(run.apply(EditGraph(graph=Graph.model_validate(wider))))
    middle = run.state()
    for effect in reversed(effects):
        back = run.apply(effect.undo)
        assert back.message == "effect.graph_back"
        assert set(back.values) == {"before", "after"}
    assert run.state().digest() == digest
    other = Run(run.job)
    other.restore(middle)
    assert other.state().digest() == middle.digest()
    for effect in reversed(effects):
        other.apply(effect.undo)
    assert other.state().digest() == digest


def test_undone_later_it_is_the_former_network_with_what_fits() -> None:
    run = trained(9)
    effect = run.apply(
        EditGraph(graph=Graph.model_validate(graph(linear("hidden", 3, "x"), *REST)))
    )
    assert set(effect.values) == set(EFFECTS["effect.graph"])
    take(run, 1)
    trained_on = run.network.get_parameter("hidden.weight").detach().clone()
    back = run.apply(effect.undo)
    assert back.message == "effect.graph"
    assert run.job.graph == Graph.model_validate(mlp())
    assert torch.equal(run.network.get_parameter("hidden.weight")[:3], trained_on)


def test_what_was_set_since_an_edit_is_not_forgotten_by_its_undo() -> None:
    run = trained(9)
    effect = run.apply(
        EditGraph(graph=Graph.model_validate(graph(linear("hidden", 8, "x"), *REST)))
    )
    run.apply(SetWeight(parameter="hidden.weight", index=(0, 0), value=5))
    with torch.no_grad():
        run.network.get_parameter("output.weight")[0, 0] = (
            9  # so that unit 0 is one of those that stay
        )
    assert run.apply(effect.undo).message == "effect.graph"
    assert run.network.get_parameter("hidden.weight")[0, 0].item() == 5


def test_step_order_and_schedule_go_on() -> None:
    edited, plain = (trained(10, schedule={"kind": "Cosine"}) for _ in range(2))
    edited.apply(EditGraph(graph=Graph.model_validate(graph(linear("hidden", 8, "x"), *REST))))
    for _ in range(12):
        one, other = (run.take(observe=True) for run in (edited, plain))
        assert (one.step, one.epoch, one.lr) == (other.step, other.epoch, other.lr)
        assert edited.observation is not None
        assert plain.observation is not None
        assert edited.observation.ids.tolist() == plain.observation.ids.tolist()


REFUSED = {
    "no inputs of this name": (mlp() | {"inputs": {"z": {"axes": ["D"], "shape": [2]}}}, "hidden"),
    "a hole": (mlp() | {"nodes": [linear("hidden", 4, "nobody"), *REST]}, "hidden"),
    "other data": (graph(linear("hidden", 4, "x"), *REST, inputs=2) | {
        "inputs": {"x": {"axes": ["C", "H", "W"], "shape": [1, 2, 2]}}
    }, "x"),
    "nothing to learn": (graph(activation("bend", "Tanh", "x")), None),
    "another task": (graph(linear("hidden", 7, "x")), "hidden"),
}  # fmt: skip


@pytest.mark.parametrize(("document", "at"), REFUSED.values(), ids=REFUSED)
def test_a_network_that_does_not_work_is_refused(document: Document, at: str | None) -> None:
    run = trained(7, optimizer=ADAM)
    digest = run.state().digest()
    with pytest.raises(CommandError) as refusal:
        run.apply(EditGraph(graph=Graph.model_validate(document)))
    assert refusal.value.node == at
    assert run.state().digest() == digest
    take(run, 1)


def test_the_same_network_again_is_nothing() -> None:
    run = trained(7)
    digest = run.state().digest()
    assert run.apply(EditGraph(graph=run.job.graph)).message == "effect.nothing"
    assert run.state().digest() == digest
