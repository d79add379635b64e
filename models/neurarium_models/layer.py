"""The contract of every layer: settings with bounds and help, a shape rule, exact counts, and a torch module.

Settings and names are those of `torch.nn`; sizes of inputs are inferred. torch is imported inside `build` only:
the web process draws, counts and validates networks without it. That is the one stylistic sacrifice of the house.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import BaseModel, ConfigDict

from neurarium_models.box import Box
from neurarium_models.footprint import Footprint
from neurarium_models.spelling import Spelling
from neurarium_models.tensor import AxisChoice, TensorSpec

if TYPE_CHECKING:
    from torch import nn

Outputs = dict[str, TensorSpec]
"""Descriptions of a layer's outputs by port; a layer with one output calls it `output`."""


class LayerError(ValueError):
    """A layer cannot take what it is given: a sentence for a learner, with the numbers in it."""

    def __init__(
        self,
        message: str,
        remedy: dict[str, int | str] | None = None,
        instead: Outputs | None = None,
    ) -> None:
        """Keep the sentence, settings of this layer that would work, and what would come out if all were well.

        With `instead` an inspection goes on behind the misfit, so that it reports true breaks only.
        """
        super().__init__(message)
        self.remedy = remedy
        self.instead = instead


class Layer(BaseModel, ABC):
    """One kind of layer. Fields are its settings; the docstring is the help text that a learner reads.

    A subclass is final and has `kind: Literal["Name"] = "Name"`, spelled as in torch.nn. It writes its ports as the
    parameters of `outputs`, `parameter_shapes`, `flops` and `build`: `(self, x: TensorSpec)`,
    `(self, query, key, value, mask: TensorSpec | None)`, or `(self, *inputs: TensorSpec)`. They are called by position;
    an optional port that is not connected is None.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    ports: ClassVar[tuple[str, ...]] = ("input",)
    """Names of the inputs in order, as torch names the arguments of `forward`."""
    optional_ports: ClassVar[tuple[str, ...]] = ()
    """Further inputs, after `ports`, that may be left unconnected (masks)."""
    variadic: ClassVar[bool] = False
    """Whether the last port may be connected any number of times (Add, Concat)."""
    elementwise: ClassVar[bool] = False
    """Whether output cell i depends on input cell i alone (activations, dropout): drawn with the layer before it."""
    example_inputs: ClassVar[tuple[tuple[TensorSpec | None, ...], ...]]
    """Inputs on which the contract test tries the layer; at least one tuple."""

    spelling: ClassVar[Spelling]
    """How it is written in PyTorch."""
    returns: ClassVar[tuple[str, ...]] = ("output",)
    """Names of what comes out, in order: the keys of `outputs`."""

    kind: str = ""
    """Its name, which each layer narrows to its own."""

    @abstractmethod
    def outputs(self, *inputs: Any, **none: Any) -> Outputs:
        """Say what comes out, or raise LayerError saying why these inputs do not fit."""

    @abstractmethod
    def parameter_shapes(self, *inputs: Any, **none: Any) -> dict[str, tuple[int, ...]]:
        """Shapes of the learned tensors, by the names that the built module gives them."""

    @abstractmethod
    def flops(self, *inputs: Any, **none: Any) -> int:
        """Floating-point operations of one forward pass for one example, counted as torch's flop counter does.

        Only matrix products, convolutions and attention count; a multiply-add is 2.
        """

    def footprint(self, *inputs: Any, **none: Any) -> Footprint:
        """Say what it holds in memory. Who does not say is taken to keep what comes in and what comes out."""
        return Footprint()

    def sees(self, box: Box, edges: bool, *inputs: Any) -> tuple[Box | None, ...]:
        """Say which box of each input a box of the (first) output depends on, whatever the weights; None: all of it.

        A layer that looks at parts only says so here. Without edges pictures go on where paddings are, so that a box
        may reach beyond its input; with them a window that lies in the padding sees nothing: its box is empty.
        """
        return tuple(box if self.elementwise else None for _ in inputs)

    def arguments(self, *inputs: Any, **none: Any) -> dict[str, Any]:
        """Say what is written for the parameters of the spelling; those that follow from the inputs are added."""
        settings = type(self).model_fields
        given = {name: self.spelling.says.get(name, name) for name in self.spelling.parameters}
        return {
            name: getattr(self, setting) if setting in settings else self.spelling.parameters[name]
            for name, setting in given.items()
        }

    @classmethod
    def settings_from(cls, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """Say which settings such arguments tell: the way back."""
        told = {cls.spelling.says.get(name, name): value for name, value in arguments.items()}
        return {name: value for name, value in told.items() if name in cls.model_fields}

    @abstractmethod
    def build(self, *inputs: Any, **none: Any) -> "nn.Module":
        """Make the torch module. Its `forward` takes one batched tensor per port, None for an absent optional one.

        It returns a tensor, or a tuple of tensors in the order of `outputs` where there are several.
        """


class Weightless(Layer):
    """A layer that learns nothing and multiplies no matrices."""

    def parameter_shapes(self, *inputs: Any, **none: Any) -> dict[str, tuple[int, ...]]:
        """Nothing is learned."""
        return {}

    def flops(self, *inputs: Any, **none: Any) -> int:
        """No matrix products."""
        return 0


def only(spec: TensorSpec) -> Outputs:
    """Outputs of a layer that has one."""
    return {"output": spec}


def require_numbers(kind: str, *inputs: TensorSpec, instead: Outputs | None = None) -> None:
    """Raise LayerError unless every input consists of real numbers."""
    for x in inputs:
        if x.dtype == "int64":
            raise LayerError(
                f"{kind} calculates with real numbers, but it is given whole numbers (int64) that stand for tokens or "
                "classes. Put an Embedding before it.",
                instead=instead,
            )
        if x.dtype == "bool":
            raise LayerError(
                f"{kind} calculates with real numbers, but it is given true and false.",
                instead=instead,
            )


def require_rank(kind: str, x: TensorSpec, at_least: int, instead: Outputs | None = None) -> None:
    """Raise LayerError unless the input has enough axes."""
    if len(x.shape) < at_least:
        raise LayerError(
            f"{kind} needs at least {counted(at_least, 'axis', 'axes')}, but its input is {x}.",
            instead=instead,
        )


def locate(kind: str, x: TensorSpec, axis: AxisChoice, instead: Outputs | None = None) -> int:
    """Find an axis, counted from the right (-1 is the last, whatever stands in front), or raise LayerError."""
    if isinstance(axis, int):
        if -axis > len(x.shape):
            raise LayerError(
                f"{kind} looks for axis {axis}, but its input is only {x}.", {"axis": -1}, instead
            )
        return axis
    if axis not in x.axes:
        names = ", ".join(x.axes) or "none"
        raise LayerError(
            f"{kind} looks for an axis {axis}, but the axes of its input are: {names}.",
            {"axis": -1},
            instead,
        )
    return x.axes.index(axis) - len(x.axes)


def counted(number: int, singular: str, plural: str) -> str:
    """Write a number with its noun: `1 axis`, `3 axes`."""
    return f"{number:,} {singular if number == 1 else plural}"
