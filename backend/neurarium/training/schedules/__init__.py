"""The shelf of schedules: one family, one file."""

from typing import TYPE_CHECKING

from neurarium.training.schedule import Schedule
from neurarium_models.shelf import discover, one_of

SCHEDULES = discover(__name__, Schedule)
"""Every kind, by its name."""

if TYPE_CHECKING:
    AnySchedule = Schedule
else:
    AnySchedule = one_of(SCHEDULES)
