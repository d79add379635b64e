"""The shelf of probes: one way of looking, one file."""

from typing import TYPE_CHECKING

from neurarium_models.shelf import discover, one_of

from neurarium.probe import Probe

PROBES = discover(__name__, Probe)
"""Every kind of probe, by its name."""

if TYPE_CHECKING:
    AnyProbe = Probe
else:
    AnyProbe = one_of(PROBES)
