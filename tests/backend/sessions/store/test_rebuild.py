"""Where the database is gone, runs begin again at their last checkpoints and train on as though nothing had been."""

from pathlib import Path

import pytest

from neurarium.sessions.store.database import Database, StoreError
from neurarium.sessions.store.rebuild import rebuild
from tests.backend.sessions.house import job, until
from tests.backend.sessions.store.test_restart import (
    FASTER,
    digest,
    files,
    ready,
    server,
    take,
    undisturbed,
)


def lose_database(folder: Path) -> None:
    for file in [*folder.glob("neurarium.sqlite*"), *folder.glob("backups/*")]:
        file.unlink()


@pytest.mark.slow
@pytest.mark.asyncio(loop_scope="session")
@pytest.mark.usefixtures("shared_forks")
async def test_runs_are_found_by_their_checkpoints(tmp_path: Path) -> None:
    async with server(tmp_path) as sessions:
        run = await (await ready(sessions)).create("me", job(3000), preset="mlp-circles")
        await take(run, 200)
        await run.command("faster", FASTER)
        await take(run, 100)
        await until(lambda: len(files(tmp_path, run)) > 1)
    lose_database(tmp_path)
    newest = max(files(tmp_path, run))
    newest.with_name("0000009999-000000-0001.safetensors").write_bytes(b"half a file")

    database = Database(tmp_path)
    assert database.restore() is None
    database.prepare()
    assert [rebuild(database), rebuild(database)] == [1, 0]

    async with server(tmp_path) as sessions:
        again = sessions.get("me", run.id)
        assert (again.step, again.state, again.preset) == (300, "paused", "mlp-circles")
        assert (again.created, again.parameters) == (run.created, run.parameters)
        await ready(sessions)
        assert await digest(again) == undisturbed(job(3000), 300, {200: FASTER})
        await take(again, 50)
        assert await digest(again) == undisturbed(job(3000), 350, {200: FASTER})
        assert len(files(tmp_path, again)) == 2


def test_a_whole_database_without_a_copy_is_not_put_aside(tmp_path: Path) -> None:
    database = Database(tmp_path)
    database.prepare()
    with pytest.raises(StoreError, match="is not damaged"):
        database.restore()
