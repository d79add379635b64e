"""How weights begin: one contract for the shelf, and each entry as torch.nn.init draws it, in a run and in mid-run."""

import inspect
from pathlib import Path
from typing import Any

import pytest
import torch
from pydantic import TypeAdapter, ValidationError
from torch import Tensor, nn

from neurarium.sessions.timeline import Timeline
from neurarium.training.command import AnyCommand, Change, CommandError, DrawWeights, EditGraph
from neurarium.training.effect import EFFECTS
from neurarium.training.fresh import fresh_network
from neurarium.training.initialisation import Initialisation
from neurarium.training.initialisations import INITIALISATIONS, AnyInitialisation
from neurarium.training.job import Job, merge
from neurarium.training.run import Run
from neurarium.training.script.loop import whole
from neurarium.training.script.write import script
from neurarium.training.seed import derive
from neurarium_models.graph import Graph
from tests.backend.training.jobs import activation, graph, linear, make_job, mlp, take, trained
from tests.backend.training.test_script import loaded, weights
from tests.models.samples import block, node
from tests.models.samples import graph as nested

ADAPTER: TypeAdapter[Initialisation] = TypeAdapter(AnyInitialisation)
OTHER: dict[str, dict[str, Any]] = {
    "constant": {"val": 0.3},
    "normal": {"mean": 0.5, "std": 0.1},
    "trunc_normal": {"std": 0.5, "a": -0.3, "b": 0.4},
    "uniform": {"a": -3.0, "b": -1.0},
    "xavier_uniform": {"gain": 5 / 3},
    "xavier_normal": {"gain": 0.5},
    "kaiming_uniform": {"mode": "fan_out", "nonlinearity": "relu"},
    "kaiming_normal": {"a": 0.2},
    "orthogonal": {"gain": 2.0},
}
"""Settings that are not the usual ones."""
XAVIER = {"kind": "xavier_uniform", "gain": 2.0}


def make(kind: str, **settings: Any) -> Initialisation:
    return ADAPTER.validate_python({"kind": kind, **settings})


def drawn_by_torch(
    kind: str, shape: tuple[int, ...], seed: int, settings: dict[str, Any]
) -> Tensor:
    """What torch.nn.init draws for a parameter: the run's seed, its purpose and the parameter's path make the seed."""
    weight, draw = torch.empty(shape), getattr(nn.init, f"{kind}_")
    chance = {} if kind == "constant" else {"generator": torch.Generator().manual_seed(seed)}
    result: Tensor = draw(weight, **settings, **chance)
    return result


@pytest.mark.parametrize("kind", INITIALISATIONS)
def test_an_entry_is_torchs_function_with_its_arguments_and_defaults(kind: str) -> None:
    entry = INITIALISATIONS[kind]
    assert entry.__doc__
    assert len(entry.__doc__.split()) >= 6
    assert entry.formula
    for name, field in entry.model_fields.items():
        assert field.description or name == "kind", name
    arguments = dict(inspect.signature(getattr(nn.init, f"{kind}_")).parameters)
    assert (arguments.pop("generator", None) is not None) == entry.draws
    arguments.pop("tensor")
    assert set(arguments) == set(entry.model_fields) - {"kind", "bias"}
    for name, argument in arguments.items():
        if argument.default is not argument.empty:
            assert entry.model_fields[name].default == argument.default, name
    assert ADAPTER.validate_json(make(kind, **OTHER[kind]).model_dump_json()) == make(kind, **OTHER[kind])  # fmt: skip


@pytest.mark.parametrize("kind", INITIALISATIONS)
@pytest.mark.parametrize("is_usual", [True, False], ids=["usual", "other"])
def test_a_run_begins_with_what_torch_draws(kind: str, is_usual: bool) -> None:
    settings = {} if is_usual else OTHER[kind]
    bias = {} if is_usual else {"bias": 0.5}
    plain, job = make_job(), make_job(init={"hidden": {"kind": kind, **settings, **bias}})
    usual, ours = (dict(Run(each).network.named_parameters()) for each in (plain, job))
    told = settings or ({"val": 0.0} if kind == "constant" else {})
    seed = derive(derive(job.seed, "weights"), "init", "hidden.weight")
    assert torch.equal(ours["hidden.weight"], drawn_by_torch(kind, (5, 2), seed, told))
    assert not torch.equal(ours["hidden.weight"], usual["hidden.weight"])
    begun = torch.full((5,), 0.0 if is_usual else 0.5)
    assert torch.equal(ours["hidden.bias"], begun)
    for name in ("output.weight", "output.bias"):
        assert torch.equal(ours[name], usual[name])


def test_vectors_of_words_and_attention_begin_as_torch_draws_them() -> None:
    deep = nested(
        [
            node("embed", "Embedding", "x", num_embeddings=11, embedding_dim=8),
            node("look", "MultiheadAttention", "embed", "embed", "embed", num_heads=2),
            node("norm", "LayerNorm", "look"),
            node("mean", "Mean", "norm", axis=-2),
            node("output", "Linear", "mean", out_features=1),
        ],
        inputs={"x": {"axes": ["T"], "shape": [5], "dtype": "int64"}},
    )
    init = {"embed": make("orthogonal"), "look": make("xavier_uniform"), "norm": make("constant", val=2)}  # fmt: skip
    job = make_job().model_copy(update={"graph": deep, "init": init})
    network = fresh_network(job, 7, torch.device("cpu"), torch.float32)
    for name, value in network.named_parameters():
        how = init.get(name.partition(".")[0])
        if how is None:
            continue
        if "bias" in name:
            assert not value.any(), name
        else:
            seed = derive(7, "init", name)
            assert torch.equal(value, drawn_by_torch(how.kind, tuple(value.shape), seed, how.arguments())), name  # fmt: skip # noqa: E501
    assert job.init["norm"].suits(place for place in network.places if place.path == "norm")
    assert not init["look"].suits(place for place in network.places if place.path == "norm")


def test_blocks_the_innermost_holds_and_precision_changes_no_draw() -> None:
    body = [node("a", "Linear", "h", out_features=2), node("b", "Linear", "a", out_features=2)]
    deep = nested([block("deep", body, inputs={"h": "x"}, outputs={"h": "b"}, repeat=2), node("output", "Linear", "deep", out_features=1)])  # fmt: skip # noqa: E501
    init = {"deep": {"kind": "constant", "val": 1}, "deep.1": {"kind": "constant", "val": 2}, "deep.1.b": XAVIER}  # fmt: skip # noqa: E501
    job = make_job(graph=deep.model_dump(), init=init)
    single, double = (Run(job.model_copy(update={"precision": each})).network for each in ("float32", "float64"))  # fmt: skip # noqa: E501
    values = single.state_dict()
    assert {float(values[f"deep.0.{name}.weight"].unique()) for name in "ab"} == {1.0}
    assert float(values["deep.1.a.weight"].unique()) == 2.0
    assert len(values["deep.1.b.weight"].unique()) == 4
    for name, value in double.state_dict().items():
        assert torch.equal(value, values[name].double()), name


def written(job: Job) -> str:
    text = whole(job).text
    return text[text.index("def initialise") : text.index("def train")]


def test_the_exported_file_says_it_as_torch_does() -> None:
    job = make_job(init={"hidden": XAVIER, "output": {"kind": "constant", "bias": 0.5}})
    assert written(job).splitlines()[2:6] == [
        "    nn.init.xavier_uniform_(network.hidden.weight, gain=2.0)",
        "    nn.init.zeros_(network.hidden.bias)",
        "    nn.init.constant_(network.output.weight, val=0.0)",
        "    nn.init.constant_(network.output.bias, 0.5)",
    ]
    assert "    initialise(network)\n" in whole(job).text
    assert "initialise" not in whole(make_job()).text


def test_what_the_exported_file_does_is_what_the_run_does(tmp_path: Path) -> None:
    """With draws that leave nothing to chance both begin alike: also in blocks, where a loop is written."""
    body = [node(name, "Linear", source, out_features=2) for name, source in ("ah", "ba", "cb", "dc")]  # fmt: skip
    deep = nested([block("deep", body, inputs={"h": "x"}, outputs={"h": "d"}, repeat=2), node("output", "Linear", "deep", out_features=1)])  # fmt: skip # noqa: E501
    init: dict[str, Any] = {
        "deep.1.b": {"kind": "constant", "val": 3, "bias": -1},
        "deep": {"kind": "constant", "val": 1, "bias": 0.5},
        "deep.0.c": {"kind": "uniform", "a": 2, "b": 2},
    }
    job = make_job(graph=deep.model_dump(), init=init, optimizer={"kind": "SGD", "lr": 1e-6})
    run = Run(job)
    first = {name: value.clone() for name, value in run.network.state_dict().items()}
    take(run, 5)
    taken = loaded(script(run.job, weights(run), run.step), tmp_path)
    assert "for name, p in network.deep.named_parameters():" in written(run.job)
    network = taken.trained()
    assert not torch.equal(network.state_dict()["deep.0.a.weight"], first["deep.0.a.weight"])
    taken.initialise(network)
    inside = {name: value for name, value in network.state_dict().items() if "deep" in name}
    assert len(inside) == 16
    for name, value in inside.items():
        assert torch.equal(first[name], value), name


def test_in_mid_run_it_is_noted_and_holds_from_the_next_beginning_on() -> None:
    run = trained(5)
    before = run.state()
    effect = run.apply(Change(changes={"init.hidden": XAVIER}))
    assert (effect.message, effect.values) == ("effect.init", {"nodes": "hidden: xavier_uniform(gain=2.0)"})  # fmt: skip # noqa: E501
    assert set(effect.values) == set(EFFECTS[effect.message])
    for name, value in run.state().tensors.items():
        assert torch.equal(value, before.tensors[name]), name
    assert torch.equal(
        dict(Run(run.job).network.named_parameters())["hidden.weight"],
        dict(Run(make_job(init={"hidden": XAVIER})).network.named_parameters())["hidden.weight"],
    )
    run.apply(effect.undo)
    assert run.job.init == {}
    assert run.state().digest() == before.digest()


def test_what_an_edit_makes_begins_so_unless_it_has_to_keep_the_answers() -> None:
    run = trained(5, init={"output": {"kind": "constant", "val": 9}})
    wider = Graph.model_validate(
        graph(
            linear("side", 5, "x"),
            activation("bend", "Tanh", "side"),
            linear("square", 5, "bend"),
            linear("output", 1, "square"),
        )
    )
    init = {"side": make("constant", val=7), "square": make("constant", val=7)}
    effect = run.apply(EditGraph(graph=wider, init=init))
    values = dict(run.network.named_parameters())
    assert effect.parameters["square.weight"] == "new"
    assert torch.equal(values["square.weight"], torch.eye(5))  # it begins as the identity
    assert effect.parameters["side.weight"] == "kept"  # renamed: what it has learned goes with it
    run.apply(effect.undo)
    assert run.job.init == {"output": make("constant", val=9)}
    three = Graph.model_validate(graph(linear("hidden", 3, "x"), linear("fresh", 2, "hidden"), activation("bend", "Tanh", "fresh"), linear("output", 1, "bend")))  # fmt: skip # noqa: E501
    run.apply(EditGraph(graph=three, init={"fresh": make("constant", val=7)}))
    assert set(run.network.get_parameter("fresh.weight").flatten().tolist()) == {7.0}


def test_an_edit_says_how_its_own_layers_begin_beside_what_is_said_already() -> None:
    run = trained(5, init={"output": XAVIER})
    before = run.state().digest()
    deeper = Graph.model_validate(
        graph(
            linear("side", 3, "x"),
            linear("fresh", 2, "side"),
            activation("bend", "Tanh", "fresh"),
            linear("output", 1, "bend"),
        )
    )
    seven = make("constant", val=7)
    effect = run.apply(EditGraph(graph=deeper, begins={"fresh": seven}))
    assert run.job.init == {"output": make("xavier_uniform", gain=2.0), "fresh": seven}
    assert set(run.network.get_parameter("fresh.weight").flatten().tolist()) == {7.0}
    run.apply(effect.undo)
    assert run.state().digest() == before
    with pytest.raises(CommandError, match="no such node"):
        run.apply(EditGraph(graph=deeper, begins={"nowhere": seven}))


def test_it_goes_with_its_node_and_comes_back_with_it() -> None:
    run = trained(3, init={"hidden": XAVIER, "output": XAVIER})
    before = run.state().digest()
    other = Graph.model_validate(graph(activation("hidden", "Tanh", "x"), linear("output", 1, "hidden")))  # fmt: skip
    effect = run.apply(EditGraph(graph=other))  # `hidden` is there, but has no weights any more
    assert (list(run.job.init), effect.values["uninit"]) == (["output"], 1)
    run.apply(effect.undo)
    assert run.state().digest() == before


def test_a_layer_begins_again() -> None:
    run = trained(20, optimizer={"kind": "Adam", "lr": 0.02}, init={"hidden": XAVIER})
    first, before = dict(Run(run.job).network.named_parameters()), run.state()
    effect = run.apply(DrawWeights(node="hidden"))
    assert (effect.message, effect.values) == ("effect.draw", {"node": "hidden", "tensors": 2})
    assert set(effect.values) == set(EFFECTS[effect.message])
    assert torch.equal(run.network.get_parameter("hidden.weight"), first["hidden.weight"])
    memory = run.engine.memory()
    assert not any(bool(torch.as_tensor(value).any()) for value in memory["hidden.weight"].values())
    after = run.state().tensors
    same = {name for name, value in before.tensors.items() if torch.equal(value, after[name])}
    assert {name for name in before.tensors if "output" in name} <= same
    take(run, 3)
    second = run.apply(DrawWeights(node="hidden", draw=1))
    assert not torch.equal(run.network.get_parameter("hidden.weight"), first["hidden.weight"])
    run.apply(second.undo)
    run.apply(effect.undo)
    mine, theirs = run.state().tensors, before.tensors
    assert all(torch.equal(mine[name], value) for name, value in theirs.items())


def test_replays_and_forks_are_the_same_bit_for_bit() -> None:
    timeline = Timeline(Run(make_job(optimizer={"kind": "Adam", "lr": 0.02}, init={"output": XAVIER})))  # fmt: skip
    commands: dict[int, AnyCommand] = {
        5: Change(changes={"init.hidden": {"kind": "orthogonal"}}),
        21: DrawWeights(node="hidden", draw=4),
        40: DrawWeights(node="output"),
    }
    states = {}
    while timeline.run.step < 55:
        if timeline.run.step in commands:
            timeline.apply(commands[timeline.run.step])
        states[timeline.run.step] = timeline.run.state().digest()
        timeline.take()
    for step in (54, 40, 21, 22, 5, 0):
        assert timeline.state(step).digest() == states[step]


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"init.hiden": XAVIER}, "`hiden` is to begin with xavier_uniform .* no such node"),
        ({"init.bend": XAVIER}, "`bend` cannot begin .* no weights with at least 2 axes"),
        ({"init.bend": {"kind": "normal"}}, "`bend` cannot begin with normal: it has no weights[.]"),
        ({"init.hidden": {"kind": "normal", "std": -1}}, "`init.hidden.std`"),
        ({"init.hidden": {"kind": "uniform", "a": 2}}, r"a \(2\) has to be at most b \(1\)"),
        ({"init.hidden": {"kind": "trunc_normal", "mean": 5}}, r"the mean \(5\) between them"),
        ({"init.hidden": {"kind": "glorot"}}, "glorot"),
        ({"init": 3}, "`init`"),
    ],
)  # fmt: skip
def test_what_means_nothing_is_refused(changes: dict[str, Any], says: str) -> None:
    run = trained(3)
    digest = run.state().digest()
    with pytest.raises(CommandError, match=says):
        run.apply(Change(changes=changes))
    assert run.state().digest() == digest


def test_only_what_learns_begins_again() -> None:
    run = trained(3)
    for path in ("bend", "nowhere"):
        with pytest.raises(CommandError, match=f"Nothing is learned in `{path}`") as refusal:
            run.apply(DrawWeights(node=path))
        assert refusal.value.node == path


def test_bounds_and_old_jobs() -> None:
    for wrong in ({"std": float("nan")}, {"bias": 1e9}, {"gain": 1}):
        with pytest.raises(ValidationError):
            make("normal", **wrong)
    job = make_job(init={"hidden": XAVIER})
    assert merge({"init": {"a": XAVIER}}, {"init.a": None}) == {"init": {}}
    assert merge({"init": {"a": XAVIER}}, {"init": {"b.0": XAVIER}}) == {"init": {"b.0": XAVIER}}
    document = job.model_dump(mode="json")
    assert Job.model_validate(document) == job
    del document["init"]
    assert Job.model_validate(document).init == {}
    assert mlp()["nodes"]
