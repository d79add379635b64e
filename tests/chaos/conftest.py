"""Where workers die and the server does not, all come from one warm process."""

from tests.backend.sessions.forks import forks, shared_forks

__all__ = ("forks", "shared_forks")
