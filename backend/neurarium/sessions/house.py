"""What a run asks of the table that it is in."""

from typing import TYPE_CHECKING, Protocol

from neurarium.sessions.analyst import Analyst
from neurarium.training.job import Job

if TYPE_CHECKING:
    from neurarium.sessions.session import Session


class House(Protocol):
    """What a session asks of the table that it is in."""

    async def create(
        self,
        owner: str,
        job: Job,
        *,
        preset: str | None = None,
        state: bytes | None = None,
        origin: "tuple[Session, int] | None" = None,
    ) -> "Session":
        """Make another run."""

    def get(self, owner: str, run: str) -> "Session":
        """Find a run that this owner may see, or raise NotFound."""

    async def place(self, session: "Session") -> None:
        """Bring a run that no worker has into one, as it was."""

    def is_moving(self, session: "Session") -> bool:
        """Whether it is being brought into one, and set going if it was."""

    def want(self, session: "Session") -> None:
        """Do so soon: somebody looks at it."""

    @property
    def analyst(self) -> Analyst:
        """Who does long analyses."""

    def check_play(self, session: "Session") -> None:
        """Raise Refused if the owner has too many runs that play."""
