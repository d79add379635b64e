"""What the process for analyses loads before anybody asks for it, so that the first graph is not kept waiting.

Torch's tracer takes seconds to load. It is loaded a part at a time, while nothing is asked: what is asked in between
waits for one part at most.
"""

import importlib
import logging

LOGGER = logging.getLogger(__name__)
PARTS = (
    "networkx",
    "sympy.printing",
    "torch.fx.experimental.symbolic_shapes",
    "torch.distributed.tensor",
    "torch.distributed.fsdp",
    "torch._dynamo.variables",
    "torch._inductor.codecache",
    "torch._inductor.compiler_bisector",
    "torch._inductor.fx_passes.dedupe_symint_uses",
    "torch._functorch.aot_autograd",
    "neurarium.capture.joint",
    "neurarium.capture.step",
    "neurarium.capture.reading",
    "neurarium.capture.axes",
    "neurarium.capture.capture",
)
"""In an order in which each brings little that is new."""
QUIET = 0.5
"""Seconds without a message until the next part is loaded: an analysis is several messages."""


class Ahead:
    """Parts that are still to be loaded."""

    def __init__(self, parts: tuple[str, ...] = PARTS) -> None:
        self.left = list(parts)
        self._since = 0.0

    def heard(self, now: float) -> None:
        """Somebody asks for something."""
        self._since = now

    def go_on(self, now: float) -> bool:
        """Load the next part, if it is quiet; say whether there was one."""
        if not self.left or now < self._since + QUIET:
            return False
        part = self.left.pop(0)
        try:
            importlib.import_module(part)
        except ImportError as problem:
            LOGGER.info(
                "%s is not loaded ahead: %s", part, problem
            )  # another torch may not have it
        return True
