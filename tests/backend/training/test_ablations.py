"""One contract for the shelf of ablations: a valid network, one thing other than before, and it trains."""

import functools
from collections.abc import Iterator

import pytest
import torch

from neurarium.api.routes.presets import preset_job
from neurarium.training.ablation import Ablation
from neurarium.training.ablations import ABLATIONS, offered
from neurarium.training.ablations.norms import NormPlace
from neurarium.training.ablations.positions import Positions
from neurarium.training.difference import difference
from neurarium.training.job import Job
from neurarium_models.difference import NodeDifference, graph_difference
from neurarium_models.graph import Graph
from neurarium_models.inspect import inspect
from neurarium_models.network import build_network
from tests.backend.probes.runs import trained
from tests.backend.probes.sequences import job, translator

ALLOWED = {
    "CausalMask": {"MultiheadAttention.causal"},
    "ShiftedOutputs": {"task.shift"},
    "TiedParameters": {"graph.tied"},
    "NormPlace": {"sources"},
    "Positions": {
        "MultiheadAttention.rotary",
        "SinusoidalPositions to PositionalEmbedding",
        "SinusoidalPositions to Identity",
        "PositionalEmbedding to SinusoidalPositions",
        "PositionalEmbedding to Identity",
    },
}
"""All in which the two jobs may differ."""


@functools.cache
def transformer() -> Job:
    found = preset_job("transformer")
    assert found is not None
    return found


def jobs() -> Iterator[Job]:
    """A Transformer of every sort: each ablation undone is another job."""
    yield transformer()
    yield NormPlace(to="post").apply(transformer())
    yield Positions(to="learned").apply(transformer())
    yield Positions(to="rotary").apply(transformer())


EVERY = [(one, ablation) for one in jobs() for ablation in offered(one)]


def words(before: Job, after: Job) -> set[str]:
    """In what two jobs differ: settings of kinds of layers, kinds, what feeds them; else the word of the job."""
    found = {each.key for each in difference(before, after) if not each.key.startswith("graph.")}
    if before.graph.tied != after.graph.tied:
        found.add("graph.tied")
    rows = graph_difference(before.graph, after.graph).nodes
    return found | {word for row in rows if row.change != "same" for word in told(row)}


def told(row: NodeDifference) -> set[str]:
    assert row.before is not None, "nothing is taken out"
    assert row.after is not None, "nothing is put in"
    if row.before.kind != row.after.kind:
        return {f"{row.before.kind} to {row.after.kind}"}
    found = {f"{row.before.kind}.{each.name}" for each in row.settings}
    return found | ({"sources"} if row.before.sources != row.after.sources else set())


def test_every_kind_is_offered_somewhere() -> None:
    assert {ablation.kind for _, ablation in EVERY} == set(ABLATIONS) == set(ALLOWED)
    ways = [ablation.to for _, ablation in EVERY if isinstance(ablation, (Positions, NormPlace))]
    assert set(ways) == {"none", "sinusoidal", "learned", "rotary", "pre", "post"}


def test_nothing_is_offered_where_there_is_nothing_of_it() -> None:
    plain, recurrent = preset_job("mlp-circles"), preset_job("translation-attention")
    assert plain is not None
    assert recurrent is not None
    assert offered(plain) == []
    assert [each.kind for each in offered(recurrent)] == ["ShiftedOutputs"]


@pytest.mark.parametrize(
    ("before", "ablation"), EVERY, ids=lambda each: "" if isinstance(each, Job) else str(each)
)
def test_the_network_is_valid_and_only_one_thing_is_other(before: Job, ablation: Ablation) -> None:
    after = ablation.apply(before)
    found = words(before, after)
    assert found
    assert found <= ALLOWED[ablation.kind]
    assert inspect(after.graph).errors == []
    assert Job.model_validate_json(after.model_dump_json()) == after
    assert ablation not in offered(after), "what is done cannot be done again"
    assert ablation.done


def test_norms_go_to_the_other_place_and_back() -> None:
    post = NormPlace(to="post").apply(transformer())
    assert NormPlace(to="pre").apply(post).graph == transformer().graph


def test_a_moved_norm_computes_what_the_formulas_say() -> None:
    """One sub-layer, before x + f(norm(x)), then norm(x + f(x)), with the same weights."""
    nodes = [
        {"id": "norm", "layer": {"kind": "LayerNorm"}, "inputs": ["x"]},
        {"id": "f", "layer": {"kind": "Linear", "out_features": 6}, "inputs": ["norm"]},
        {"id": "add", "layer": {"kind": "Add"}, "inputs": ["x", "f"]},
    ]
    document = {
        "inputs": {"x": {"axes": ["T", "D"], "shape": [4, 6]}},
        "nodes": nodes,
        "outputs": {"y": "add"},
    }
    before = transformer().model_copy(update={"graph": Graph.model_validate(document)})
    after = NormPlace(to="post").apply(before)
    one, other = build_network(before.graph), build_network(after.graph)
    other.load_state_dict(one.state_dict())
    x = torch.randn(3, 4, 6, generator=torch.Generator().manual_seed(1))
    f, norm = one.get_submodule("f"), torch.nn.functional.layer_norm
    with torch.no_grad():
        torch.testing.assert_close(one({"x": x})["y"], x + f(norm(x, (6,))))
        torch.testing.assert_close(other({"x": x})["y"], norm(x + f(x), (6,)))


def small() -> Job:
    graph = translator()
    return job({**graph, "tied": [["read.weight", "said.weight"]]})


@pytest.mark.parametrize("ablation", offered(small()), ids=str)
def test_it_trains(ablation: Ablation) -> None:
    after = trained(ablation.apply(small()), 3)
    before = trained(small(), 3)
    assert after.run.step == before.run.step == 3
    assert after.run.evaluate() != before.run.evaluate()
