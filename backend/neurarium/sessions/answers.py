"""Commands that were given an id are carried out once, however often they are sent."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

from neurarium.sessions import limits
from neurarium.sessions.errors import Refused, Unavailable

T = TypeVar("T")


class Answers(Generic[T]):
    """What was answered, or is being found out, by the sender's id."""

    def __init__(self) -> None:
        self._tasks: dict[str, tuple[str, asyncio.Task[T]]] = {}

    async def once(self, cmd_id: str, content: str, work: Callable[[], Awaitable[T]]) -> T:
        """Do the work, or give the answer that it had the first time; Refused if the id was used for other content.

        That nobody was there to do it is no answer: it can be asked for again.
        """
        known = self._tasks.get(cmd_id)
        if known is None:
            self._make_room()
            known = self._tasks[cmd_id] = content, asyncio.ensure_future(_run(work))
            known[1].add_done_callback(lambda task: self._read(cmd_id, task))
        elif known[0] != content:
            raise Refused("cmd-id-reused", "This command id was used for another command.")
        return await asyncio.shield(known[1])

    def _make_room(self) -> None:
        waiting = sum(not task.done() for _, task in self._tasks.values())
        if waiting >= limits.COMMANDS_WAITING:
            raise Refused(
                "busy",
                f"{waiting} commands of this run are still under way.",
                limit=int(limits.COMMANDS_WAITING),
            )
        done = [cmd_id for cmd_id, (_, task) in self._tasks.items() if task.done()]
        for cmd_id in done[: max(0, len(self._tasks) - limits.ANSWERS_KEPT + 1)]:
            del self._tasks[cmd_id]

    def _read(self, cmd_id: str, task: asyncio.Task[T]) -> None:
        """Read the exception even if whoever asked has gone."""
        if not task.cancelled() and isinstance(task.exception(), Unavailable):
            del self._tasks[cmd_id]


async def _run(work: Callable[[], Awaitable[T]]) -> T:
    return await work()
