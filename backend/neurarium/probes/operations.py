"""What every operation of a step computes, forward and on the way back."""

from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, Field

from neurarium.capture.document import Extent
from neurarium.probe import Frame, Picture, Probe, ProbeError, amounts, signed

if TYPE_CHECKING:
    from torch import Tensor

    from neurarium.capture.document import Capture
    from neurarium.training.view import View

LARGEST = 4096
"""Numbers of a value that travel as floats; of a larger one, means of blocks do, for colours only."""
SIDE = 64
"""Blocks along each side, at most."""
BINS = 24


def _listed(values: Any) -> Any:
    """Read a list from the one word of a query too."""
    return [each for each in values.split(",") if each] if isinstance(values, str) else values


class Operations(Probe):
    """The computational graph with its numbers: the next step as it will be taken, executed operation by operation.

    Of every value it tells mean, root mean square, least and greatest; of those that are asked for, all numbers and how
    they are distributed. Gradients are values as well.
    """

    kind: Literal["operations"] = "operations"
    rate: ClassVar = 5.0
    extent: Extent = Field(
        default="minibatch",
        description="Whether the step sees the minibatch that comes next, or one example alone.",
    )
    values: Annotated[list[Annotated[str, Field(max_length=200)]], BeforeValidator(_listed)] = (
        Field(
            default=[],
            max_length=32,
            description="Ids of values of the captured graph that are shown in full.",
        )
    )
    says: ClassVar = {"step": ("operations", "loss"), "nothing": ("operations", "loss")}

    @property
    def is_long(self) -> bool:
        """Asked for once, the step has to be captured first."""
        return True

    @property
    def executes(self) -> Extent:
        """The captured step of its extent."""
        return self.extent

    def look(self, view: "View") -> Frame:
        """Execute the captured step with the weights as they are."""
        from neurarium.optics.execution import execute, summary

        if view.captured is None:
            raise ProbeError("The computational graph of this run is not captured here.")
        try:
            capture: Capture = view.captured(self.extent)
        except ValueError as problem:
            raise ProbeError(str(problem)) from problem
        unknown = set(self.values).difference(value.id for value in capture.values)
        if unknown:
            raise ProbeError(f"The captured graph has no value of the id `{min(unknown)}`.")
        numbers, kept, loss, example = execute(view, capture, self.values, self.example)
        draw = {"rms": amounts}
        pictures = [
            draw.get(name, signed)(name, "", ("V",), column) for name, column in numbers.items()
        ]
        details: dict[str, Any] = {"key": capture.key, "histograms": {}}
        for id_, tensor in kept.items():
            axes = tuple(next(value.axes for value in capture.values if value.id == id_))
            pictures.append(_picture(id_, tensor, axes))
            counts, lo, hi = summary(tensor, BINS)
            pictures.append(amounts("histogram", id_, ("bin",), counts))
            details["histograms"][id_] = {"lo": lo, "hi": hi}
        flows = any(
            rms
            for rms, value in zip(numbers["rms"], capture.values, strict=True)
            if value.role == "gradient" and value.of != capture.loss
        )
        count = len(capture.forward) + len(capture.backward)
        reading = self.say("step" if flows else "nothing", operations=count, loss=loss)
        return Frame(view.step, tuple(pictures), reading, example, details=details)


def _picture(id_: str, tensor: "Tensor", axes: tuple[str, ...]) -> Picture:
    """Show a value: all its numbers, or the means of its blocks."""
    if tensor.numel() <= LARGEST:
        named = axes or tuple(f"axis{place}" for place in range(tensor.ndim))
        return signed("value", id_, named, tensor.numpy())
    from torch.nn.functional import adaptive_avg_pool2d

    rows = tensor.reshape(-1, tensor.shape[-1]) if tensor.ndim > 1 else tensor.reshape(1, -1)
    height, width = rows.shape
    blocks = adaptive_avg_pool2d(rows[None], (min(height, SIDE), min(width, SIDE)))[0]
    return signed("value", id_, ("row", "column"), blocks.numpy(), "uint8")
