"""Weights are taken from one's own runs only, and what cannot be taken changes nothing."""

import pytest

from neurarium.sessions.errors import NotFound, Refused
from neurarium.sessions.table import Sessions
from neurarium.training.command import TakeWeights
from tests.backend.sessions.store.test_restart import digest
from tests.backend.training.jobs import make_job as job

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_weights_of_somebody_else_are_not_there(sessions: Sessions) -> None:
    run = await sessions.create("taker", job())
    other = await sessions.create("somebody", job(seed=8))
    with pytest.raises(NotFound):
        await run.command("take", TakeWeights(run=other.id))
    own = await sessions.create("taker", job(seed=8))
    _, effect = await run.command("take-own", TakeWeights(run=own.id))  # the control
    assert effect is not None
    assert effect.values["taken"] == 4


async def test_what_cannot_be_taken_is_refused(sessions: Sessions) -> None:
    run = await sessions.create("refused", job())
    before = await digest(run)
    for command in (TakeWeights(), TakeWeights(parcel="0" * 64), TakeWeights(run=run.id, step=9)):
        with pytest.raises(Refused):
            await run.command(f"c{command.step}{command.parcel}", command)
    with pytest.raises(Refused, match="not kept with the run"):
        await run.command("wrong", TakeWeights(parcel="0" * 64), b"other bytes than it says")
    assert await digest(run) == before
