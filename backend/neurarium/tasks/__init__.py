"""The shelf of tasks: one way of asking, one file."""

from typing import TYPE_CHECKING

from neurarium.task import Task
from neurarium_models.shelf import discover, one_of

TASKS = discover(__name__, Task)
"""Every kind of task, by its name."""

if TYPE_CHECKING:
    AnyTask = Task
else:
    AnyTask = one_of(TASKS)
