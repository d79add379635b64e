"""Attention shown is torch's own, and what is done to it by hand changes just what it should."""

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from neurarium.optics.attention import explain, overwritten, reweighing, sites, without
from neurarium.optics.decoding import Decoder, Manner
from neurarium.optics.quality import measure
from neurarium.optics.sentences import pinned
from neurarium.probe import ProbeError
from neurarium.training.view import View
from tests.backend.probes.runs import array, make_probe
from tests.backend.probes.sequences import HEADS, WIDTH, a_looker, a_reader, a_translator


def plain(view: View, path: str) -> nn.MultiheadAttention:
    """A layer of torch with the parameters of one of ours."""
    module = view.network.get_submodule(path)
    own = nn.MultiheadAttention(WIDTH, HEADS[path], batch_first=True).double().eval()
    own.load_state_dict(module.state_dict())
    return own


def inputs_of(view: View, path: str, batch: dict[str, Tensor]) -> list[Tensor]:
    (place,) = (place for place in view.network.places if place.path == path)
    sources = [value.source for value in place.values if value is not None]
    with torch.no_grad():
        _, taps = view.network.tapped(batch, set(sources))
    return [taps[source] for source in sources]


@pytest.mark.parametrize("path", HEADS)
def test_weights_are_those_of_torch_with_the_same_parameters(path: str) -> None:
    view = a_translator()
    for number in range(4):
        pin = int(view.examples.validation.ids[number])
        example = pinned(view, pin)
        query, key, value, *padding = inputs_of(view, path, example.batch)
        future = torch.ones(query.shape[1], query.shape[1], dtype=torch.bool).triu(1)
        with torch.no_grad():
            _, expected = plain(view, path)(
                query,
                key,
                value,
                key_padding_mask=padding[0] if padding else None,
                attn_mask=future if path.endswith("self") else None,
                average_attn_weights=False,
            )
        found = array(make_probe("attention", example=pin).look(view), "weights", path)
        queries, keys = found.shape[1:]
        assert queries == example.lengths["source" if path.startswith("encoder") else "target"]
        assert keys == example.lengths["target" if path.endswith("self") else "source"]
        np.testing.assert_allclose(found, expected[0, :, :queries, :keys], atol=1e-12)
        np.testing.assert_allclose(found.sum(-1), 1, atol=1e-12)


def test_nodes_and_words_are_named() -> None:
    view = a_translator()
    frame = make_probe("attention").look(view)
    ends = {
        node["path"]: (node["heads"], node["query"], node["key"]) for node in frame.details["nodes"]
    }
    assert ends == {
        "encoder.0.attention": (4, "source", "source"),
        "decoder.0.self": (4, "target", "target"),
        "decoder.0.cross": (2, "target", "source"),
    }
    words = frame.details["tokens"]
    assert (words["source"][-1], words["target"][0], words["target"][-1]) == (
        "<eos>",
        "<bos>",
        "<eos>",
    )
    assert words["source"][-2::-1] == words["target"][1:-1]
    assert len(frame.details["said"]) == len(words["target"])
    assert frame.reading is not None
    assert frame.reading.values["node"] == "decoder.0.cross"
    greatest = array(frame, "weights", "decoder.0.cross").max(-1).mean()
    assert frame.reading.values["share"] == pytest.approx(greatest)
    assert frame.reading.values["even"] == pytest.approx(1 / len(words["source"]))


@pytest.mark.parametrize(
    ("path", "head", "place"), [("decoder.0.cross", 1, 2), ("decoder.0.self", 3, 1)]
)
def test_the_three_lines_lead_from_queries_to_the_mixture(path: str, head: int, place: int) -> None:
    view = a_translator()
    frame = make_probe("attend", node=path, head=head, place=place).look(view)
    query, key, value, score, weight = (
        array(frame, name) for name in ("query", "key", "value", "score", "weight")
    )
    allowed = array(frame, "allowed").astype(bool)
    np.testing.assert_allclose(array(frame, "product"), key @ query, atol=1e-12)
    scaled = key @ query / np.sqrt(WIDTH / HEADS[path])
    np.testing.assert_allclose(score, np.where(allowed, scaled, 0), atol=1e-12)
    shares = np.where(allowed, np.exp(scaled), 0)
    np.testing.assert_allclose(weight, shares / shares.sum(), atol=1e-12)
    np.testing.assert_allclose(array(frame, "mixture"), weight @ value, atol=1e-12)
    row = array(make_probe("attention").look(view), "weights", path)[head, place]
    np.testing.assert_allclose(weight, row, atol=1e-15)
    assert allowed.tolist() == [
        path.endswith("cross") or other <= place for other in range(len(allowed))
    ]
    assert frame.reading is not None
    assert frame.reading.values["weight"] == weight.max()


@pytest.mark.parametrize("score", ["additive", "multiplicative"])
def test_a_state_that_looks_scores_as_its_paper_has_it(score: str) -> None:
    view, place = a_looker(score), 2
    frame = make_probe("attend", place=place).look(view)
    known = {name: value.detach().numpy() for name, value in view.network.named_parameters()}
    state = array(make_probe("recurrence", node="look").look(view), "state")[place - 1]
    memory = array(make_probe("recurrence", node="memory").look(view), "state")
    keys = memory @ known["look.k_proj.weight"].T
    if score == "additive":
        sums = state @ known["look.q_proj.weight"].T + keys
        scores = np.tanh(sums) @ known["look.score.weight"][0]
        np.testing.assert_allclose(
            np.tanh(array(frame, "query") + array(frame, "key")) @ array(frame, "direction"), scores
        )
    else:
        scores = keys @ state
        np.testing.assert_allclose(array(frame, "product"), scores)
        assert frame.details["scale"] == 1
    weight = np.exp(scores) / np.exp(scores).sum()
    np.testing.assert_allclose(array(frame, "score"), scores, atol=1e-12)
    np.testing.assert_allclose(array(frame, "weight"), weight, atol=1e-12)
    np.testing.assert_allclose(array(frame, "value"), memory, atol=1e-12)
    np.testing.assert_allclose(array(frame, "mixture"), weight @ memory, atol=1e-12)
    assert not array(make_probe("attend").look(view), "query").any(), "it begins without a state"


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"node": "decoder.0.cross", "head": 2}, "has 2 heads, counted from 0: there is no head 2"),
        ({"place": 99}, "there is no place 99"),
        (
            {"node": "head"},
            "`head` is no layer of attention here. There are: `encoder.0.attention`",
        ),
    ],
)
def test_what_is_not_there_is_said(settings: dict[str, int | str], sentence: str) -> None:
    with pytest.raises(ProbeError, match=sentence):
        make_probe("attend", **settings).look(a_translator())
    with pytest.raises(ProbeError, match="it has no layer of attention"):
        make_probe("attention").look(a_reader("GRU"))


def cut_out(view: View, path: str, head: int) -> dict[str, float]:
    """Measure without a head in another way: nothing that it finds gets through the layer's last projection."""
    weight = view.network.get_parameter(f"{path}.out_proj.weight")
    width = WIDTH // HEADS[path]
    kept = weight.detach().clone()
    batch = view.inputs(view.examples.validation.arrays)
    with torch.no_grad():
        weight[:, head * width : (head + 1) * width] = 0
        told = view.job.task.metrics(view.network.eval()(batch), batch)
        weight.copy_(kept)
    return {name: float(values.mean()) for name, values in told.items()}


def test_the_effect_of_a_head_is_that_of_a_run_without_it() -> None:
    view = a_translator()
    probe = make_probe("effect_of_head")
    assert probe.is_long
    frame = probe.look(view)
    losses = set()
    for path, heads in HEADS.items():
        for head in range(heads):
            expected = cut_out(view, path, head)
            for name, value in expected.items():
                assert array(frame, name, path)[head] == pytest.approx(value, abs=1e-12)
            losses.add(expected["token_accuracy"])
    assert len(losses) > 3, "no head makes a difference"
    batch = view.inputs(view.examples.validation.arrays)
    whole = view.job.task.metrics(view.network.eval()(batch), batch)
    assert frame.details["whole"] == {n: pytest.approx(float(v.mean())) for n, v in whole.items()}
    assert frame.details["examples"] == len(view.examples.validation)


def test_a_head_that_is_off_finds_nothing() -> None:
    view = a_translator()
    (site,) = (site for site in sites(view.network) if site.path == "decoder.0.self")
    batch = pinned(view, None).batch
    before = explain(view.network, batch, (site,))[site.path]["mixture"]
    with reweighing(view.network, {site.path: without(1, 3)}):
        after = explain(view.network, batch, (site,))[site.path]["mixture"]
    assert not after[:, [1, 3]].any()
    assert torch.equal(after[:, [0, 2]], before[:, [0, 2]])
    assert torch.equal(explain(view.network, batch, (site,))[site.path]["mixture"], before)


def said(view: View, node: str, row: list[float] | None, place: int) -> list[tuple[float, ...]]:
    """Probabilities of the likeliest words at each place, where one row of a layer is chosen by hand."""
    decoder = Decoder(view, pinned(view, None).batch, None)
    with reweighing(view.network, {node: overwritten([] if row is None else [(0, place, row)])}):
        return [word.shares for word in decoder.say(Manner())[0].words]


@pytest.mark.parametrize("place", [0, 2, 4])
@pytest.mark.parametrize("path", ["decoder.0.cross", "look"])
def test_a_row_by_hand_changes_the_decoding_from_its_step_on(path: str, place: int) -> None:
    view = a_looker() if path == "look" else a_translator()
    keys = pinned(view, None).lengths["source"]
    before = said(view, path, None, 0)
    after = said(view, path, [0.0] * (keys - 1) + [1.0], place)
    assert len(before) == len(after) > 4
    assert after[:place] == before[:place], "something changed before"
    assert after[place] != before[place]


def test_a_row_as_it_was_changes_nothing() -> None:
    view = a_translator()
    decoder = Decoder(view, pinned(view, None).batch, None)
    tokens = decoder.say(Manner())[0].tokens
    (site,) = (site for site in sites(view.network) if site.path == "decoder.0.cross")
    batch = decoder.heard([tokens[:-1]])
    row = explain(view.network, batch, (site,))[site.path]["weights"][0, 0, 1].tolist()
    before, after = (said(view, site.path, each, 1) for each in (None, row))
    np.testing.assert_allclose(after, before, atol=1e-9)


def test_accuracy_by_length_is_that_of_the_examples_of_each_length() -> None:
    view = a_translator()
    frame = make_probe("lengths").look(view)
    split = view.examples.validation
    lengths = split.arrays["source_mask"].sum(1) - 1  # without the mark of the end
    assert array(frame, "first").tolist() == [1, 6]
    for bucket, chosen in enumerate((lengths < 6, lengths >= 6)):
        batch = view.inputs({name: values[chosen] for name, values in split.arrays.items()})
        told = view.job.task.metrics(view.network.eval()(batch), batch)
        assert array(frame, "count")[bucket] == chosen.sum() > 0
        for name, values in told.items():
            assert array(frame, name)[bucket] == pytest.approx(float(values.mean()))
    assert frame.details == {"input": "source", "width": 5, "examples": len(split)}
    assert frame.reading is not None
    assert (frame.reading.values["least"], frame.reading.values["greatest"]) == (
        lengths.min(),
        lengths.max(),
    )


def test_some_examples_are_enough_to_measure_with() -> None:
    view = a_translator()
    frame = make_probe("lengths", most=4).look(view)
    assert frame.details["examples"] == array(frame, "count").sum() == 4
    ids = np.concatenate([view.examples.train.ids, view.examples.validation.ids])
    picked = sorted(ids[measure(view, 4).rows])
    assert len(picked) == 4
    assert (picked[0], picked[-1]) == (
        view.examples.validation.ids[0],
        view.examples.validation.ids[-1],
    )
