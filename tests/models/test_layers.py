"""What every layer promises, tried on the whole shelf: a new file there is tested by being there."""

import math
import re
import subprocess
import sys
from inspect import isabstract
from typing import Any

import pytest
import torch
from pydantic import TypeAdapter, ValidationError
from torch import Tensor, nn
from torch.autograd.graph import saved_tensors_hooks
from torch.utils.flop_counter import FlopCounterMode

from neurarium_models.layer import Layer, LayerError
from neurarium_models.layers import LAYERS, AnyLayer
from neurarium_models.tensor import TensorSpec, features
from tests.models.samples import TYPES, tensor

OTHER_SETTINGS: dict[str, list[dict[str, Any]]] = {
    "AdaptiveAvgPool2d": [{"output_size": 3}, {"output_size": 7}],
    "AttentionGRU": [{"score": "multiplicative"}],
    "AvgPool2d": [{"kernel_size": 3, "stride": 1, "padding": 1}],
    "BatchNorm1d": [{"affine": False}],
    "BatchNorm2d": [{"affine": False}],
    "Conv1d": [{"stride": 2, "padding": 3, "dilation": 2, "bias": False}],
    "Conv2d": [
        {"dilation": 2, "padding": 1, "out_channels": 4},
        {"kernel_size": 3, "stride": 2, "padding": 2, "bias": False},
        {"kernel_size": 1, "out_channels": 3},
        {"kernel_size": 2, "dilation": 3, "padding": 1},
    ],
    "ConvTranspose2d": [{"kernel_size": 3, "stride": 1, "padding": 1, "bias": False}],
    "GRU": [{"hidden_size": 6, "bidirectional": True}],
    "GroupNorm": [{"num_groups": 4}, {"num_groups": 2, "affine": False}],
    "LSTM": [{"hidden_size": 6, "bidirectional": True}],
    "LayerNorm": [{"bias": False}, {"elementwise_affine": False}],
    "Linear": [{"bias": False, "out_features": 7}],
    "MaxPool2d": [{"kernel_size": 3, "stride": 2, "padding": 1}],
    "MultiplicativeAttention": [{"scale": True}],
    "MultiheadAttention": [
        {"num_heads": 4},
        {"num_heads": 2, "causal": True, "bias": False},
        {"num_heads": 2, "rotary": True},
    ],
    "LocalResponseNorm": [{"size": 2}],
    "RNN": [
        {"nonlinearity": "relu", "bias": False},
        {"hidden_size": 6, "bidirectional": True, "bias": False},
    ],
    "RMSNorm": [{"elementwise_affine": False}],
    "Select": [{"index": -1}],
    "Upsample": [{"scale_factor": 3}],
    "ZeroPad2d": [{"padding": 2}],
}
"""Settings beside the defaults that change a rule."""

Specs = tuple[TensorSpec | None, ...]
CASES = [
    pytest.param(shelf_entry(**settings), example, id=f"{kind}-{settings}-{number}")
    for kind, shelf_entry in LAYERS.items()
    for settings in ({}, *OTHER_SETTINGS.get(kind, []))
    for number, example in enumerate(shelf_entry.example_inputs)
]


def run(module: nn.Module, specs: Specs, device: str) -> tuple[Tensor, ...]:
    inputs = [None if spec is None else tensor(spec, device=device) for spec in specs]
    result = module(*inputs)
    return result if isinstance(result, tuple) else (result,)


@pytest.mark.parametrize("kind", LAYERS)
def test_is_explained(kind: str) -> None:
    entry = LAYERS[kind]
    assert entry.__doc__ != Layer.__doc__
    assert len(entry.__doc__ or "") > 30
    settings = {name: field for name, field in entry.model_fields.items() if name != "kind"}
    assert [name for name, field in settings.items() if not field.description] == []


@pytest.mark.parametrize("kind", LAYERS)
def test_is_final_and_called_by_its_class(kind: str) -> None:
    entry = LAYERS[kind]
    assert entry.__name__ == kind == entry().kind
    assert not isabstract(entry)
    assert entry.__subclasses__() == []


@pytest.mark.parametrize(("layer", "example"), CASES)
def test_outputs_are_what_torch_returns(layer: Layer, example: Specs) -> None:
    promised = layer.outputs(*example)
    for device in ("cpu", "meta"):
        returned = run(layer.build(*example).to(device), example, device)
        assert [t.shape[1:] for t in returned] == [spec.shape for spec in promised.values()]
        assert [t.dtype for t in returned] == [TYPES[spec.dtype] for spec in promised.values()]


@pytest.mark.parametrize(("layer", "example"), CASES)
def test_parameters_are_those_of_the_module(layer: Layer, example: Specs) -> None:
    module = layer.build(*example)
    shapes = {name: tuple(parameter.shape) for name, parameter in module.named_parameters()}
    assert layer.parameter_shapes(*example) == shapes


@pytest.mark.parametrize(("layer", "example"), CASES)
def test_operations_are_those_that_torch_counts(layer: Layer, example: Specs) -> None:
    module = layer.build(*example).to("meta").eval()
    with FlopCounterMode(display=False) as counter:
        run(module, example, "meta")
    assert 3 * layer.flops(*example) == counter.get_total_flops()


@pytest.mark.parametrize(("layer", "example"), CASES)
def test_what_is_kept_for_the_backward_pass_is_what_torch_keeps(
    layer: Layer, example: Specs
) -> None:
    """In numbers for each example, besides parameters: what a layer claims is near what autograd holds."""
    module, batch = layer.build(*example).train(), 64
    inputs = [None if spec is None else tensor(spec, batch=batch) for spec in example]
    given = [x for x in inputs if x is not None]
    for x in given:
        x.requires_grad_(x.is_floating_point())
    held: dict[int, Tensor] = {}

    def hold(kept: Tensor) -> Tensor:
        return held.setdefault(kept.untyped_storage().data_ptr(), kept)

    with saved_tensors_hooks(hold, lambda kept: kept):
        result = module(*inputs)
    outputs = result if isinstance(result, tuple) else (result,)
    own = {
        value.untyped_storage().data_ptr() for value in (*module.parameters(), *module.buffers())
    }
    kept = sum(x.untyped_storage().nbytes() / 4 for at, x in held.items() if at not in own) / batch
    claim = layer.footprint(*example)
    seen = {x.untyped_storage().data_ptr(): x.untyped_storage().nbytes() / 4 for x in given}
    made = {x.untyped_storage().data_ptr(): x.untyped_storage().nbytes() / 4 for x in outputs}
    claimed = claim.kept + sum(seen.values()) / batch * claim.inputs
    claimed += sum(made.values()) / batch * claim.output
    assert claimed == pytest.approx(kept, rel=0.15, abs=8)
    if not made.keys().isdisjoint(seen):
        assert claim.view or layer.kind == "Permute"


@pytest.mark.parametrize(("layer", "example"), CASES)
def test_survives_json(layer: Layer, example: Specs) -> None:
    again: Layer = TypeAdapter(AnyLayer).validate_json(layer.model_dump_json())
    assert again == layer
    assert again.outputs(*example) == layer.outputs(*example)


@pytest.mark.parametrize(("layer", "example"), CASES)
def test_ports_fit_the_examples(layer: Layer, example: Specs) -> None:
    required, optional = len(layer.ports), len(layer.optional_ports)
    assert len(example) >= required if layer.variadic else len(example) == required + optional
    assert all(spec is not None for spec in example[:required])
    assert not (layer.variadic and optional)


@pytest.mark.parametrize("kind", [kind for kind in LAYERS if LAYERS[kind].elementwise])
def test_elementwise_means_that_cells_do_not_mix(kind: str) -> None:
    layer = LAYERS[kind]()
    for example in layer.example_inputs:
        (spec,) = example
        assert spec is not None
        x = tensor(spec)[:1]
        moved = x.clone()
        moved.flatten()[0] = ~x.flatten()[0] if spec.dtype == "bool" else 9
        module = layer.build(spec).eval()
        before, after = module(x), module(moved)
        assert before.shape == x.shape
        assert torch.equal(before.flatten()[1:], after.flatten()[1:])


@pytest.mark.parametrize("kind", LAYERS)
def test_refuses_what_it_cannot_take_in_a_sentence(kind: str) -> None:
    """Any input of another rank or type either fits or gives a LayerError with a whole sentence."""
    layer = LAYERS[kind]()
    count = len(layer.ports) + len(layer.optional_ports)
    odd = [
        TensorSpec(axes=(), shape=()),
        features(3, dtype="int64"),
        features(3, dtype="bool"),
        features(1, 1, 1, 1, axes="ABCD"),
        features(2, 3, axes="TD"),
        features(5, 4, axes="TD"),
    ]
    sentences = []
    for first in odd:
        for second in odd:
            try:
                layer.outputs(*[first, *[second] * (count - 1)])
            except LayerError as error:
                sentences.append(str(error))
    assert [said for said in sentences if not re.fullmatch(r"[A-Z0-9].{10,250}\.", said)] == []


def test_settings_have_bounds() -> None:
    adapter: TypeAdapter[Layer] = TypeAdapter(AnyLayer)
    for wrong in (
        {"kind": "Linear", "out_features": 0},
        {"kind": "Linear", "units": 4},
        {"kind": "Dense"},
        {"kind": "Dropout", "p": 1.5},
        {"kind": "LeakyReLU", "negative_slope": math.nan},
    ):
        with pytest.raises(ValidationError):
            adapter.validate_python(wrong)


def test_the_shelf_needs_no_torch() -> None:
    code = (
        "import sys; from neurarium_models import graph, inspect, preset; "
        "inspect.inspect(preset.PRESETS['mlp-circles'].graph); sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
