"""A network goes on with other words: what it knows of those that stay is kept, new ones begin anew."""

import pytest
import torch

from neurarium.training.command import Change
from neurarium.training.features import fit_graph
from neurarium.training.job import Job, merge
from neurarium.training.run import Run
from neurarium_models.graph import Node
from neurarium_models.layers.embedding import Embedding
from neurarium_models.layers.linear import Linear
from neurarium_models.preset import PRESETS

SMALL = {"dataset": {"samples": 120, "difficulty": 1}, "steps": 8}


def small(preset: str, **changes: object) -> Job:
    document = PRESETS[preset].job
    assert document is not None
    job = Job.model_validate({**document, "graph": PRESETS[preset].graph})
    wanted = Job.model_validate(merge(job.model_dump(mode="json"), SMALL | changes))
    return fit_graph(wanted, job.dataset)


def sizes(job: Job) -> dict[str, int]:
    """For each layer with something for every word, for how many."""
    found = {}
    for node in job.graph.nodes:
        layer = node.layer if isinstance(node, Node) else None
        if isinstance(layer, Embedding):
            found[node.id] = layer.num_embeddings
        if isinstance(layer, Linear) and node.id in job.graph.outputs.values():
            found[node.id] = layer.out_features
    return found


@pytest.mark.parametrize(
    ("preset", "begun", "change"),
    [
        ("transformer", {}, {"dataset.tokens": "bytepair"}),
        ("translation-attention", {"dataset.tokens": "bytepair"}, {"dataset.merges": 110}),
    ],
)
def test_words_that_stay_keep_what_was_learned(
    preset: str, begun: dict[str, object], change: dict[str, object]
) -> None:
    job = small(preset, **begun)
    run = Run(job, "cpu")
    for _ in range(3):
        run.take()
    old_words = {n: v.words for n, v in run.job.dataset.vocabularies().items()}
    before = {
        n: p.detach().clone() for n, p in run.network.named_parameters(remove_duplicate=False)
    }
    effect = run.apply(Change(changes=change))
    new_words = {n: v.words for n, v in run.job.dataset.vocabularies().items()}
    assert effect.message == "effect.words"
    after = dict(run.network.named_parameters(remove_duplicate=False))
    tables = {
        path: "target" if path in run.job.graph.outputs.values() else None
        for path in sizes(run.job)
    }
    for node in run.job.graph.nodes:
        if node.id in tables and tables[node.id] is None:
            assert isinstance(node, Node)
            assert isinstance(node.inputs, list)
            tables[node.id] = node.inputs[0]
    for name, value in after.items():
        path, _, _ = name.rpartition(".")
        if path not in tables:
            assert torch.equal(value, before[name]), name
            continue
        words = new_words[str(tables[path])]
        assert len(value) == len(words)
        for row, word in enumerate(words):
            if word in old_words[str(tables[path])]:
                old = old_words[str(tables[path])].index(word)
                assert torch.equal(value[row], before[name][old]), (name, word)
    assert effect.values["kept"] == sum(
        len(set(new_words[n]) & set(old_words[n])) for n in new_words
    )
    run.take()
    assert run.step == 4
    run.apply(effect.undo)
    assert run.job == job
