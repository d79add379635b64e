"""The watched probes of one run: which of them should look now, and what they see."""

import json
import logging
from collections import deque
from collections.abc import Iterable, Iterator

from pydantic import TypeAdapter

from neurarium import frame
from neurarium.probe import Frame, Probe, ProbeError
from neurarium.probes import AnyProbe
from neurarium.sessions import protocol
from neurarium.sessions.governor import Account, Purse
from neurarium.sessions.protocol import Form
from neurarium.training.view import View

LOGGER = logging.getLogger(__name__)
PROBE: TypeAdapter[AnyProbe] = TypeAdapter(AnyProbe)


class Gaze:
    """One watched probe: how often it looks, whether its picture is old, whether somebody waits for it."""

    def __init__(self, watch: int, probe: Probe) -> None:
        self.watch = watch
        self.probe = probe
        self.purse = Purse()
        self.is_wanted = True
        """Whether a viewer has room for another frame."""
        self.is_prompt = True
        """Whether the next look should come at once, be it on credit."""
        self.seen = -1
        """The moment that its last picture shows."""
        self.next_time = 0.0
        """Before this time another look would exceed the probe's rate."""

    def saw(self, moment: int, now: float) -> None:
        """Note that it has looked."""
        self.seen, self.next_time = moment, now + 1 / self.probe.rate
        self.is_prompt = self.is_wanted = False


class Gazes:
    """All watched probes of one run. Those that look at the same moment wait in a queue, one look at a time."""

    def __init__(self) -> None:
        self._gazes: dict[int, Gaze] = {}
        self._queue: deque[Gaze] = deque()
        self._account = Account()

    def __iter__(self) -> Iterator[Gaze]:
        """Go through all watched probes."""
        return iter(self._gazes.values())

    def __len__(self) -> int:
        """Count them."""
        return len(self._gazes)

    @property
    def is_looking(self) -> bool:
        """Whether looks at the present moment are still to come: the run must stand still for them."""
        return bool(self._queue)

    @property
    def account(self) -> Account:
        """The money of these probes; those without a viewer who has room have no use for any."""
        self._account.purses = [gaze.purse for gaze in self._gazes.values() if gaze.is_wanted]
        return self._account

    def add(self, watch: int, probe: Probe) -> None:
        """Begin to watch."""
        self._gazes[watch] = Gaze(watch, probe)

    def remove(self, watch: int) -> None:
        """End it."""
        gaze = self._gazes.pop(watch, None)
        if gaze is not None and gaze in self._queue:
            self._queue.remove(gaze)

    def want(self, watch: int) -> None:
        """There is room for another frame of this probe."""
        if watch in self._gazes:
            self._gazes[watch].is_wanted = True

    def hurry(self) -> None:
        """Something was changed or started: every picture is to be refreshed once, at once."""
        for gaze in self._gazes.values():
            gaze.is_prompt = True

    def due(self, now: float, moment: int, *, free: bool) -> list[Gaze]:
        """List those that should look now."""
        if not self._gazes:
            return []
        ready = [
            gaze
            for gaze in self._gazes.values()
            if gaze.is_wanted
            and gaze.seen != moment
            and now >= gaze.next_time
            and (free or gaze.purse.is_full or (gaze.is_prompt and gaze.purse.has_credit))
        ]
        if ready and not free and not self._account.has_credit:
            return [gaze for gaze in ready if gaze.purse.is_full]
        return ready

    def wait(self, now: float, moment: int) -> float | None:
        """Seconds until one could look again at a run that stands still; None if none would."""
        times = [g.next_time for g in self._gazes.values() if g.is_wanted and g.seen != moment]
        return max(0.0, min(times) - now) if times else None

    def enqueue(self, gazes: Iterable[Gaze]) -> None:
        """Let these look at the present moment, one after the other: those that cost little come first.

        What needs an observed step comes last: where it was not observed, it has to be taken again.
        """
        waiting = [*self._queue, *(gaze for gaze in gazes if gaze not in self._queue)]
        self._queue = deque(
            sorted(waiting, key=lambda gaze: (gaze.probe.observes_step, gaze.purse.cost))
        )

    def next(self) -> Gaze | None:
        """Take the next one to look."""
        return self._queue.popleft() if self._queue else None


def draw(
    probe: Probe, run: str, view: View, form: Form = "wire", picture: str | None = None
) -> bytes:
    """Look, and write down what was seen; for the socket it is the map of a `FrameMessage` without its subscription."""
    seen = probe.look(view)
    match form:
        case "wire":
            return protocol.ENCODER.encode({**frame.wire(seen, probe.kind), "run": run})
        case "json":
            return json.dumps(
                {**frame.plain(seen, probe.kind), "run": run}, allow_nan=False
            ).encode()
        case "npz":
            return frame.npz(seen, probe.kind)
        case "png":
            return _image(seen, picture, probe)


def _image(seen: Frame, picture: str | None, probe: Probe) -> bytes:
    try:
        return frame.png(seen, picture, probe.node)
    except KeyError as problem:
        raise ProbeError(
            f"`{probe.kind}` shows nothing here that is called {problem}."
        ) from problem


def read(document: bytes) -> Probe:
    """Read a probe's settings."""
    return PROBE.validate_json(document)


def excuse(problem: Exception, probe: Probe) -> tuple[str, str]:
    """Turn what went wrong while looking into a code and a sentence."""
    if isinstance(problem, ProbeError):
        return "probe-refused", str(problem)
    LOGGER.error("probe %s failed", probe.kind, exc_info=problem)
    return "probe-failed", f"Looking with `{probe.kind}` went wrong here: {type(problem).__name__}."
