"""Which layers fit where: what could stand on a wire, and what put before a port would mend a misfit.

Nothing is guessed: each layer is asked what it would make of what it is given.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from neurarium_models.layer import Layer, LayerError
from neurarium_models.layers import LAYERS, AnyLayer
from neurarium_models.problem import Insertion
from neurarium_models.tensor import TensorSpec

MUCH = 12
"""By so many rows a window may make an image smaller that is to be added to a smaller one."""
Specs = Sequence[TensorSpec | None]


class Offer(BaseModel):
    """One kind of layer, and what it would make of a wire."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    layer: AnyLayer = Field(
        description="With its usual settings, or others with which it fits, written out in full."
    )
    inputs: int = Field(description="How many of its ports the wire has to be connected to.")
    output: TensorSpec | None = Field(description="What would come out; none: it does not fit.")
    problem: str | None = Field(description="Why it does not fit; none: it does.")


def offers(spec: TensorSpec) -> list[Offer]:
    """Say of every kind of layer whether it fits onto a wire, in alphabetical order."""
    return [_offer(kind(), spec) for kind in LAYERS.values()]


def _offer(layer: Layer, spec: TensorSpec) -> Offer:
    inputs = len(layer.ports)
    given: Specs = [spec] * inputs + [None] * len(layer.optional_ports)
    output, problem = _tried(layer, given)
    if output is None and problem.remedy:
        other = layer.model_copy(update=problem.remedy)
        better, _ = _tried(other, given)
        if better is not None:
            layer, output = other, better
    said = None if output is not None else str(problem)
    document = {"layer": layer.model_dump(), "inputs": inputs, "output": output, "problem": said}
    return Offer.model_validate(document)


def _tried(layer: Layer, given: Specs) -> tuple[TensorSpec | None, LayerError]:
    """Ask a layer what comes out first, and why nothing does."""
    try:
        return next(iter(layer.outputs(*given).values())), LayerError("")
    except LayerError as error:
        return None, error
    except ValidationError:
        return None, LayerError("What comes out would be too large.")


def insertion(layer: Layer, given: Specs) -> Insertion | None:
    """Find a layer that, put before one port, makes everything fit; None where none of the usual ones does."""
    for port, candidate in _candidates(layer, given):
        x = given[port]
        if x is None:
            continue
        between, _ = _tried(candidate, [x])
        if between is None:
            continue
        mended = [*given[:port], between, *given[port + 1 :]]
        if _tried(layer, mended)[0] is not None:
            return Insertion.model_validate({"port": port, "layer": candidate.model_dump()})
    return None


def _candidates(layer: Layer, given: Specs) -> Iterator[tuple[int, Layer]]:
    """List what could be put before which port, what is tried first at the beginning."""
    known = [(port, x) for port, x in enumerate(given) if x is not None]
    for port, x in known:
        if x.dtype == "int64":
            yield port, _made("Embedding")
    for port, x in known[1:]:
        yield from ((port, candidate) for candidate in _projections(x, known[0][1]))
    for _, x in known[1:]:
        yield from ((0, candidate) for candidate in _projections(known[0][1], x))
    for port, x in known:
        yield from ((port, candidate) for candidate in _arrangements(x))


def _arrangements(x: TensorSpec) -> Iterator[Layer]:
    """List layers that only lay the same numbers out otherwise."""
    if len(x.shape) > 1:
        yield _made("Flatten")
    elif x.shape:
        side = round(x.size**0.5)
        if side > 1 and side * side == x.size:
            yield _made("Reshape", shape=[1, side, side], axes=["C", "H", "W"])
        yield _made("Reshape", shape=[x.size, 1, 1], axes=["C", "H", "W"])


def _projections(x: TensorSpec, target: TensorSpec) -> Iterator[Layer]:
    """List layers that could bring something to the sizes of something else."""
    if len(x.shape) != len(target.shape) or not x.shape:
        if len(target.shape) == 1:
            yield _made("Flatten")
        return
    if len(x.shape) != 3:
        yield _made("Linear", out_features=target.shape[-1])
        return
    channels, side = target.shape[0], target.shape[1]
    yield _made("Conv2d", out_channels=channels, kernel_size=1, stride=-(-x.shape[1] // side))
    if side < x.shape[1] <= side + MUCH:
        yield _made("Conv2d", out_channels=channels, kernel_size=x.shape[1] - side + 1)
    yield _made("AdaptiveAvgPool2d", output_size=target.shape[1])


def _made(kind: str, **settings: Any) -> Layer:
    return LAYERS[kind].model_validate(settings)
