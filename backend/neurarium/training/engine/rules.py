"""The optimisers' rules over one vector, with nothing that changes from step to step outside the device's memory.

torch's own keep the learning rate and the count of steps on the processor, so that a recording would repeat those of
the step that was recorded. The formulas are torch's, and so are the names of what is remembered.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar

import torch
from torch import Tensor, optim

from neurarium.training.engine.contract import Memory
from neurarium.training.engine.flat import Flat

STEP = "step"


class Rule(ABC):
    """How the vector moves by its gradient. `lr` and `count` are single float64 numbers on the device."""

    counts: ClassVar[bool] = True
    """Whether torch's own remembers the number of its steps."""

    def __init__(self, settings: Mapping[str, Any], vector: Tensor, gradient: Tensor) -> None:
        self.settings = settings
        self.vector, self.gradient = vector, gradient
        self.lr, self.count = (
            torch.zeros((), dtype=torch.float64, device=vector.device) for _ in "lc"
        )
        self.held = {name: torch.zeros_like(vector) for name in self.names()}
        """What is remembered, by torch's names."""
        self.has_moved = False

    @abstractmethod
    def names(self) -> tuple[str, ...]:
        """Name the vectors that are remembered with these settings."""

    @abstractmethod
    def move(self) -> None:
        """Change the vector in place."""

    def memory(self, shape: Flat) -> Memory:
        """Say what is remembered of each parameter."""
        if not self.has_moved or not (self.held or self.counts):
            return {}
        views = {key: shape.views(vector) for key, vector in self.held.items()}
        steps = {STEP: self.count.float()} if self.counts else {}
        return {
            name: steps | {key: view[name] for key, view in views.items()} for name in shape.shapes
        }

    def remember(self, memory: Memory, shape: Flat) -> None:
        """Go on from there; what these settings have no use for is kept for later ones."""
        for key, value in next(iter(memory.values()), {}).items():
            if key == STEP:
                self.count.fill_(float(value))
            elif isinstance(value, Tensor):
                joined = shape.join({name: memory[name][key] for name in shape.shapes})
                self.held[key] = joined.to(self.vector)
        self.has_moved = bool(memory)


class Descent(Rule):
    """w ← w - η g, with momentum v ← βv + g in place of g, or Nesterov's g + βv."""

    counts: ClassVar = False

    def names(self) -> tuple[str, ...]:
        """The last move, with momentum."""
        return ("momentum_buffer",) if self.settings["momentum"] else ()

    def move(self) -> None:
        """Take one step."""
        momentum, way = self.settings["momentum"], self.gradient
        if momentum:
            kept = self.held["momentum_buffer"].mul_(momentum).add_(way)
            way = way.add(kept, alpha=momentum) if self.settings["nesterov"] else kept
        self.vector.sub_(way * self.lr)


class Scaled(Rule):
    """s ← αs + (1 - α) g², w ← w - η g / (√s + ε)."""

    def names(self) -> tuple[str, ...]:
        """The mean square."""
        return ("square_avg",)

    def move(self) -> None:
        """Take one step."""
        keep = self.settings["alpha"]
        self.count.add_(1)
        square = self.held["square_avg"].mul_(keep)
        square.addcmul_(self.gradient, self.gradient, value=1 - keep)
        self.vector.sub_(self.gradient / square.sqrt().add_(self.settings["eps"]) * self.lr)


class Adaptive(Rule):
    """m and s are means of g and g²; w ← w - η m̂ / (√ŝ + ε). With decay, w first shrinks by η times that."""

    def names(self) -> tuple[str, ...]:
        """Both means."""
        return ("exp_avg", "exp_avg_sq")

    def move(self) -> None:
        """Take one step."""
        beta1, beta2 = self.settings["betas"]
        self.count.add_(1)
        if self.settings["weight_decay"]:
            self.vector.mul_(1 - self.lr * self.settings["weight_decay"])
        mean = self.held["exp_avg"].lerp_(self.gradient, 1 - beta1)
        square = self.held["exp_avg_sq"].mul_(beta2)
        square.addcmul_(self.gradient, self.gradient, value=1 - beta2)
        size = self.lr / (1 - torch.pow(beta1, self.count))
        root = (square / (1 - torch.pow(beta2, self.count))).sqrt_().add_(self.settings["eps"])
        self.vector.sub_(mean / root * size)


RULES: dict[type[optim.Optimizer], type[Rule]] = {
    optim.SGD: Descent,
    optim.RMSprop: Scaled,
    optim.Adam: Adaptive,
    optim.AdamW: Adaptive,
}
