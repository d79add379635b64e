"""The probes of one run that somebody watches: the same settings are computed once and shown to all."""

import itertools
from collections.abc import Callable

from neurarium.capture.document import Extent
from neurarium.probe import Probe
from neurarium.sessions import limits
from neurarium.sessions.errors import Refused
from neurarium.sessions.protocol import Blind, Note, Picture, UnwatchProbe, Want, WatchProbe
from neurarium.sessions.viewer import FrameBytes, Unseen, Viewer


class Watched:
    """One probe with all who watch it, and its newest picture."""

    def __init__(self, number: int, key: str, extent: Extent | None) -> None:
        self.number = number
        self.extent = extent
        """The computational graph that it executes, if any."""
        self.key = key
        self.seats: set[tuple[Viewer, int]] = set()
        self.latest: FrameBytes | None = None
        self.excuse: Blind | None = None
        self.is_asked_for = True
        """Whether the worker knows that another frame is wanted."""

    @property
    def is_wanted(self) -> bool:
        """Whether anybody would be sent another frame at once."""
        return any(viewer.has_credit(subscription) for viewer, subscription in self.seats)


class Watches:
    """All watched probes of a run, by their settings. `note` reaches the run's worker."""

    def __init__(self, run: str, note: Callable[[Note], None]) -> None:
        self._run = run
        self._note = note
        self._numbers = itertools.count(1)
        self._by_key: dict[str, Watched] = {}
        self._by_number: dict[int, Watched] = {}
        self._seats: dict[tuple[Viewer, int], Watched] = {}

    def __len__(self) -> int:
        """Count the different probes that are watched."""
        return len(self._by_key)

    @property
    def extents(self) -> set[Extent]:
        """The computational graphs that watched probes execute."""
        return {watched.extent for watched in self._by_key.values() if watched.extent is not None}

    def add(self, viewer: Viewer, subscription: int, probe: Probe) -> None:
        """Show a probe's pictures to a subscription from now on."""
        self.remove(viewer, subscription)
        document = probe.model_dump_json()
        watched = self._by_key.get(document)
        if watched is None and len(self._by_key) >= limits.PROBES_WATCHED:
            raise Refused(
                "busy",
                f"At most {limits.PROBES_WATCHED} different pictures of a run can be watched at once.",
                limit=int(limits.PROBES_WATCHED),
            )
        viewer.open(subscription, self._credited(viewer, subscription))
        if watched is None:
            watched = Watched(next(self._numbers), document, probe.executes)
            self._by_key[document] = self._by_number[watched.number] = watched
            self._note(WatchProbe(self._run, watched.number, document.encode()))
        watched.seats.add((viewer, subscription))
        self._seats[viewer, subscription] = watched
        if watched.latest is not None:
            viewer.show(subscription, watched.latest)
        if watched.excuse is not None:
            viewer.show(subscription, _unseen(subscription, watched.excuse))
        self._ask(watched)

    def remove(self, viewer: Viewer, subscription: int) -> None:
        """Show it no longer; a probe that nobody watches is not computed."""
        watched = self._seats.pop((viewer, subscription), None)
        if watched is None:
            return
        viewer.close(subscription)
        watched.seats.discard((viewer, subscription))
        if not watched.seats:
            del self._by_key[watched.key], self._by_number[watched.number]
            self._note(UnwatchProbe(self._run, watched.number))

    def leave(self, viewer: Viewer) -> None:
        """End all that a viewer watches."""
        for seat in [seat for seat in self._seats if seat[0] is viewer]:
            self.remove(*seat)

    def renew(self) -> None:
        """Tell a new worker of the run what is watched."""
        for watched in self._by_key.values():
            watched.is_asked_for = True
            self._note(WatchProbe(self._run, watched.number, watched.key.encode()))

    def close(self, code: str, sentence: str) -> None:
        """Tell everybody that there will be no more pictures."""
        for viewer, subscription in self._seats:
            viewer.show(subscription, Unseen(subscription, code, sentence))

    def hear(self, message: Picture | Blind) -> None:
        """Hand a picture, or why there is none, to all who watch."""
        watched = self._by_number.get(message.watch)
        if watched is None:
            return
        watched.is_asked_for = False
        if isinstance(message, Picture):
            watched.latest, watched.excuse = message.body, None
            for viewer, subscription in watched.seats:
                viewer.show(subscription, message.body)
        else:
            is_news = watched.excuse is None or watched.excuse.sentence != message.sentence
            watched.latest, watched.excuse = None, message
            for viewer, subscription in watched.seats if is_news else ():
                viewer.show(subscription, _unseen(subscription, message))
        self._ask(watched)

    def _credited(self, viewer: Viewer, subscription: int) -> Callable[[], None]:
        def ask() -> None:
            watched = self._seats.get((viewer, subscription))
            if watched is not None:
                self._ask(watched)

        return ask

    def _ask(self, watched: Watched) -> None:
        """Ask for another frame, once, if somebody has room for it."""
        if not watched.is_asked_for and watched.is_wanted:
            watched.is_asked_for = True
            self._note(Want(self._run, watched.number))


def _unseen(subscription: int, message: Blind) -> Unseen:
    return Unseen(subscription, message.code, message.sentence)
