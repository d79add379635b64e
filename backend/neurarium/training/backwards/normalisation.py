"""Mistakes in the backward pass of normalisation: mean and spread follow from the input, and pass gradients, too."""

from typing import TYPE_CHECKING, ClassVar, Literal, NamedTuple

from neurarium.training.backward import Backward, Call, Sent

if TYPE_CHECKING:
    from torch import Tensor


class Normed(NamedTuple):
    """What a norm has computed on its way forward, and what arrives behind its factor."""

    x: "Tensor"
    """Brought to mean 0 and spread 1."""
    spread: "Tensor"
    upstream: "Tensor"
    """The gradient times the learned factor."""
    dims: tuple[int, ...]
    """The axes over which mean and spread were taken."""
    moves: bool
    """Whether they follow from the input; a BatchNorm that is not training takes what it saw before."""

    def mean(self, values: "Tensor") -> "Tensor":
        """Average as the norm does."""
        return values.mean(self.dims, keepdim=True)


def normed(call: Call) -> Normed:
    """Compute it again."""
    x, module = call.x, call.module
    batch = hasattr(module, "running_var")
    dims = (0, *range(2, x.ndim)) if batch else (-1,)
    shape = (1, -1, *(1,) * (x.ndim - 2)) if batch else (-1,)
    factor = call.parameters.get("weight")
    upstream = call.gradient if factor is None else call.gradient * factor.view(shape)
    if batch and not module.training:
        mean, variance = (
            call.buffers[each].view(shape) for each in ("running_mean", "running_var")
        )
    else:
        mean = x.mean(dims, keepdim=True)
        variance = x.var(dims, correction=0, keepdim=True)
    spread = (variance + module.eps).sqrt()
    return Normed((x - mean) / spread, spread, upstream, dims, not batch or module.training)


class NormBackward(Backward):
    """What LayerNorm and BatchNorm should send back."""

    layers: ClassVar = ("LayerNorm", "BatchNorm1d", "BatchNorm2d")
    formula: ClassVar = (
        r"\frac{\partial E}{\partial x} = \frac{1}{\sigma}"
        r"\left(\gamma g - \overline{\gamma g} - \hat{x}\, \overline{\gamma g\, \hat{x}}\right)"
    )

    def right(self, call: Call) -> Sent:
        """Three terms: through the number itself, the mean, and the spread."""
        seen = normed(call)
        terms = seen.upstream
        if seen.moves:
            terms = terms - seen.mean(terms) - seen.x * seen.mean(terms * seen.x)
        return {0: terms / seen.spread} | learned(call, seen)


def learned(call: Call, seen: Normed) -> Sent:
    """Compute what factor and constant get."""
    dims = seen.dims if seen.dims != (-1,) else tuple(range(call.x.ndim - 1))
    sent: Sent = {}
    if "weight" in call.parameters:
        sent["weight"] = (call.gradient * seen.x).sum(dims)
    if "bias" in call.parameters:
        sent["bias"] = call.gradient.sum(dims)
    return sent


class NormConstant(NormBackward):
    """Mean and spread are taken for constants: the gradient passes as though they did not follow from the input."""

    title: ClassVar = "mean and spread as constants"
    mistake: ClassVar = r"\frac{\partial E}{\partial x} = \frac{\gamma g}{\sigma}"
    kind: Literal["NormConstant"] = "NormConstant"

    def back(self, call: Call) -> Sent:
        """Divide, and no more."""
        seen = normed(call)
        return {0: seen.upstream / seen.spread} | learned(call, seen)


class NormUndivided(NormBackward):
    """The division by the spread is forgotten on the way back."""

    title: ClassVar = "forgotten division"
    mistake: ClassVar = (
        r"\frac{\partial E}{\partial x} = "
        r"\gamma g - \overline{\gamma g} - \hat{x}\, \overline{\gamma g\, \hat{x}}"
    )
    kind: Literal["NormUndivided"] = "NormUndivided"

    def back(self, call: Call) -> Sent:
        """Do not divide."""
        sent = self.right(call)
        return sent | {0: sent[0] * normed(call).spread}
