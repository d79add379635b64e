"""What routes are given: the table of runs, who asks, and the run that a path names."""

from typing import Annotated

from fastapi import Depends
from starlette.requests import Request

from neurarium.sessions.session import Session
from neurarium.sessions.table import Sessions


async def sessions_of(request: Request) -> Sessions:
    """Find the table of all runs."""
    sessions: Sessions = request.app.state.sessions
    return sessions


async def owner_of(request: Request) -> str:
    """Find whose things the one who asks may touch."""
    owner: str = request.scope["state"]["principal"].owner
    return owner


Table = Annotated[Sessions, Depends(sessions_of)]
Owner = Annotated[str, Depends(owner_of)]


async def session_of(run: str, table: Table, owner: Owner) -> Session:
    """Find the run that the path names, if it is the asker's own or shared."""
    return table.get(owner, run)


Named = Annotated[Session, Depends(session_of)]
