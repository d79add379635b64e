"""Networks that read and write words: every token needs its row, and the page is told what tokens are called."""

from typing import Any

import numpy as np
import pytest

from neurarium.probes.data import Data
from neurarium.training.check import JobError, check_job
from neurarium.training.job import Job, merge
from tests.backend.probes.runs import everything, found, make_job, seen
from tests.models.samples import node


def reader(rows: int) -> dict[str, Any]:
    """Average the vectors of all symbols: no network to be proud of."""
    nodes = [
        node("words", "Embedding", "source", num_embeddings=rows, embedding_dim=4),
        node("mean", "Mean", "words", "source_mask", axis="S"),
        node("head", "Linear", "mean", out_features=4),
    ]
    inputs = {
        "source": {"axes": ["S"], "shape": [13], "dtype": "int64"},
        "source_mask": {"axes": ["S"], "shape": [13], "dtype": "bool"},
    }
    return {"inputs": inputs, "nodes": nodes, "outputs": {"y": "head"}}


def writer(rows: int, said: int) -> dict[str, Any]:
    """Say each next digit from the last one alone."""
    nodes = [
        node("digits", "Embedding", "target", num_embeddings=rows, embedding_dim=4),
        node("head", "Linear", "digits", out_features=said),
    ]
    inputs = {"target": {"axes": ["T"], "shape": [14], "dtype": "int64"}}
    return {"inputs": inputs, "nodes": nodes, "outputs": {"y": "head"}}


def job(graph: dict[str, Any], kind: str, **changes: Any) -> Job:
    task = "Classification" if kind == "Recall" else "Translation"
    base = {
        "graph": graph,
        "dataset": {"kind": kind, "samples": 60, "longest": 12},
        "task": {"kind": task},
        "loss": {"kind": "CrossEntropy"},
    }
    return make_job(**merge(base, changes))


def test_the_page_is_told_what_tokens_are_called() -> None:
    view = seen(job(reader(14), "Recall"), steps=1)
    frame = Data().look(view)
    assert frame.details["vocabularies"] == {
        "source": {
            "words": ["<pad>", "<bos>", "<eos>", "<unk>", *"ABCDuvwxyz"],
            "spaced": False,
            "merges": None,
        }
    }
    assert frame.details["classes"] == list("ABCD")
    tokens = found(frame, "input", "source")
    assert (tokens.axes, tokens.dtype) == (("N", "S"), "int32")
    np.testing.assert_array_equal(tokens.values, everything(view, "source"))
    assert "source_mask" not in {picture.node for picture in frame.pictures}  # tokens tell it too


def test_what_has_no_words_names_none() -> None:
    assert Data().look(seen(steps=0)).details["vocabularies"] == {}


def test_a_token_without_a_row_is_refused_before_it_is_looked_up() -> None:
    check_job(job(reader(14), "Recall"))
    with pytest.raises(JobError, match=r"`words` .* 13 tokens, .* 14 different ones") as problem:
        check_job(job(reader(13), "Recall"))
    assert (problem.value.node, problem.value.remedy) == ("words", {"num_embeddings": 14})


def test_a_token_that_cannot_be_said_is_refused() -> None:
    check_job(job(writer(14, 14), "DigitSequences"))
    with pytest.raises(JobError, match=r"`y` has 13 numbers at each place, .* 14 different"):
        check_job(job(writer(14, 13), "DigitSequences"))


def test_other_words_while_it_trains_are_refused_where_rows_are_missing() -> None:
    """A dataset with more symbols than the table has rows must not reach the worker."""
    with pytest.raises(JobError, match="16 different ones"):
        check_job(job(reader(14), "Recall", dataset={"symbols": 6}))
