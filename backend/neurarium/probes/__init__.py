"""The shelf of probes: one way of looking, one file."""

from typing import TYPE_CHECKING

from neurarium.probe import Probe
from neurarium_models.shelf import discover, one_of

PROBES = discover(__name__, Probe)
"""Every kind of probe, by its name."""

if TYPE_CHECKING:
    AnyProbe = Probe
else:
    AnyProbe = one_of(PROBES)


def readings() -> dict[str, tuple[str, ...]]:
    """List every sentence that any probe can say: its key, and the names of the values that stand in it."""
    return {
        f"{kind}.{sentence}": values
        for kind, probe in PROBES.items()
        for sentence, values in probe.says.items()
    }
