"""The residual stream beside plain hooks on the modules that add."""

from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from neurarium.optics.sentences import pinned
from neurarium.probe import ProbeError
from neurarium.training.ablations.norms import NormPlace
from neurarium.training.view import View
from tests.backend.probes.runs import array, make_probe, seen
from tests.backend.probes.sequences import a_translator, job, translator

WRITERS = {
    "encoder.0.add": "encoder.0.attention",
    "decoder.0.add1": "decoder.0.self",
    "decoder.0.add2": "decoder.0.cross",
}


def hooked(view: View) -> dict[str, tuple[Tensor, Tensor]]:
    """What comes into each addition while the pinned example goes through: stream and addition, all places."""
    found: dict[str, tuple[Tensor, Tensor]] = {}

    def keep(path: str) -> Any:
        def hook(_: Any, given: tuple[Tensor, Tensor], __: Any) -> None:
            found[path] = given

        return hook

    view.network.eval()
    handles = [
        view.network.get_submodule(path).register_forward_hook(keep(path)) for path in WRITERS
    ]
    with torch.no_grad():
        view.network(pinned(view, None).batch)
    for handle in handles:
        handle.remove()
    return found


def test_lengths_and_cosines_are_those_of_the_modules() -> None:
    view = a_translator()
    frame = make_probe("residual").look(view)
    sentence = pinned(view, None)
    assert {each["path"]: each["writer"] for each in frame.details["nodes"]} == WRITERS
    for each in frame.details["nodes"]:
        count = sentence.lengths[each["input"]]
        assert each["input"] == ("source" if each["path"].startswith("encoder") else "target")
        stream, written = (x[0, :count].numpy() for x in hooked(view)[each["path"]])
        lengths = [np.sqrt((x**2).sum(-1)) for x in (stream, written)]
        cosine = (stream * written).sum(-1) / (lengths[0] * lengths[1])
        np.testing.assert_allclose(array(frame, "stream", each["path"]), lengths[0], rtol=1e-12)
        np.testing.assert_allclose(array(frame, "written", each["path"]), lengths[1], rtol=1e-12)
        np.testing.assert_allclose(array(frame, "cosine", each["path"]), cosine, rtol=1e-9)


def test_what_a_silenced_layer_writes_has_no_length() -> None:
    view = seen(job(translator()), 1)
    with torch.no_grad():
        for parameter in view.network.get_submodule("decoder.0.cross.out_proj").parameters():
            parameter.zero_()
    frame = make_probe("residual").look(view)
    assert not array(frame, "written", "decoder.0.add2").any()
    assert not array(frame, "cosine", "decoder.0.add2").any()
    assert array(frame, "written", "decoder.0.add1").all()


@pytest.mark.parametrize("to", ["pre", "post"])
def test_the_stream_is_found_wherever_norms_stand(to: Any) -> None:
    before = NormPlace(to="post").apply(_blocks())
    view = seen(before if to == "post" else NormPlace(to="pre").apply(before), 1)
    nodes = make_probe("residual").look(view).details["nodes"]
    assert [each["kind"] for each in nodes] == ["MultiheadAttention"] * 3


def _blocks() -> Any:
    """As the translator, each sub-layer with a norm of its own before it."""
    graph = translator()
    for block in graph["nodes"]:
        if block["id"] not in {"encoder", "decoder"}:
            continue
        inside = block["block"]["nodes"]
        for part in [each for each in inside if each["layer"]["kind"] == "MultiheadAttention"]:
            stream = part["inputs"][0]
            name = f"norm_{part['id']}"
            part["inputs"] = [name if source == stream else source for source in part["inputs"]]
            inside.append({"id": name, "layer": {"kind": "LayerNorm"}, "inputs": [stream]})
    return job(graph)


def test_a_recurrent_network_has_none() -> None:
    from tests.backend.probes.sequences import a_looker

    with pytest.raises(ProbeError, match="no residual stream"):
        make_probe("residual").look(a_looker())
