"""One thread writes; what is told of as committed is there after a crash; a full disk spoils nothing."""

import contextlib
import os
import shutil
import sqlite3
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio
from sqlalchemy import Connection, text
from sqlalchemy.exc import OperationalError

from neurarium.clock import CLOCK
from neurarium.sessions.errors import Refused
from neurarium.sessions.ledger import FULL, Ledger
from neurarium.sessions.store import space
from neurarium.sessions.store.database import Database, StoreError, known_schemas
from neurarium.sessions.store.store import Store
from neurarium.sessions.store.writer import DiskFullError, Work, Writer
from tests.backend.sessions.house import until

LITTLE = 4 * 2**20


@pytest_asyncio.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    store = Store(tmp_path)
    await store.start()
    yield store
    await store.stop()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 4 MB, where it may be mounted; else this test is not for this machine."""
    folder = tmp_path / "small"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={LITTLE}", "tmpfs", str(folder)],
        check=False,
        capture_output=True,
    )
    if mounted.returncode:
        pytest.skip("no disk may be mounted here; the injected one is tested everywhere")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def put(value: str) -> Work:
    return lambda connection: connection.execute(
        text("INSERT INTO deleted VALUES (:v)"), {"v": value}
    )


def kept(folder: Path) -> list[str]:
    with sqlite3.connect(folder / "neurarium.sqlite") as connection:
        return [row[0] for row in connection.execute("SELECT run FROM deleted ORDER BY run")]


async def test_works_are_committed_together_or_not_at_all(store: Store, tmp_path: Path) -> None:
    def fails(connection: Connection) -> None:
        raise ValueError("in the middle")

    await store.write([put("a"), put("b")])
    with pytest.raises(ValueError, match="in the middle"):
        await store.write([put("c"), fails])
    assert kept(tmp_path) == ["a", "b"]


async def test_a_file_has_one_writer(store: Store) -> None:
    with pytest.raises(RuntimeError, match="has a writer already"):
        Writer(store.database.engine(), str(store.database.path))


async def test_the_switches_are_as_promised(store: Store) -> None:
    def ask(connection: Connection) -> list[object]:
        names = ("journal_mode", "busy_timeout", "mmap_size", "foreign_keys", "synchronous")
        return [connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in names]

    assert await store.write([ask]) == [["wal", 5000, 0, 1, 2]]
    assert (await store.write([ask], safe=False))[0][-1] == 1
    with store._reading() as reader, pytest.raises(OperationalError, match="readonly"):
        reader.exec_driver_sql("DELETE FROM runs")


def test_a_newer_schema_is_refused_with_a_sentence(tmp_path: Path) -> None:
    database = Database(tmp_path)
    database.prepare()
    assert database.schema() in known_schemas()
    with sqlite3.connect(database.path) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(StoreError, match="newer Neurarium"):
        database.prepare()


def test_who_dies_in_the_middle_of_a_migration_finds_nothing_changed(tmp_path: Path) -> None:
    program = (
        "import pathlib, sys\nfrom neurarium.sessions.store.database import Database\n"
        "Database(pathlib.Path(sys.argv[1])).prepare()"
    )
    child = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path)],
        env={**os.environ, "NEURARIUM_FAULT": "migration.done"},
        check=False,
        timeout=60,
    )
    assert child.returncode == -9
    database = Database(tmp_path)
    assert database.schema() is None
    database.prepare()
    assert database.schema() is not None


async def test_a_damaged_file_is_not_written_to_and_the_last_copy_is_offered(
    tmp_path: Path,
) -> None:
    store = Store(tmp_path)
    await store.start()
    await store.write([put(f"run{i}") for i in range(2000)])
    store.database.backup("by-hand")
    await store.stop()
    content = bytearray(store.database.path.read_bytes())
    for page in range(2, len(content) // 4096):
        content[page * 4096 : page * 4096 + 64] = os.urandom(64)
    store.database.path.write_bytes(bytes(content))
    with pytest.raises(StoreError, match=r"is damaged.*--restore"):
        store.database.prepare()
    assert store.database.path.read_bytes() == bytes(content)  # nothing was written to it
    store.database.restore()
    store.database.prepare()
    assert len(kept(tmp_path)) == 2000
    assert (tmp_path / "neurarium.sqlite.damaged").is_file()


def test_a_damaged_file_without_a_copy_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "neurarium.sqlite").write_bytes(os.urandom(8192))
    database = Database(tmp_path)
    with pytest.raises(StoreError, match="There is no copy"):
        database.prepare()
    assert database.restore() is None
    database.prepare()
    assert (tmp_path / "neurarium.sqlite.damaged").stat().st_size == 8192


def fill(file: Path) -> None:
    """Take all room that there is."""
    with file.open("wb", buffering=0) as opened, contextlib.suppress(OSError):
        while True:
            opened.write(bytes(4096))


async def write_until_full(store: Store) -> int:
    """Write until there is no room, and say how often that went well."""
    for written in range(100):
        try:
            await store.write([put(f"{written:03}{'x' * 2**17}")])
        except DiskFullError:
            return written
    raise AssertionError("the disk is larger than it should be")


async def test_a_slow_disk_holds_up_no_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The ballast may take its time: meanwhile everything can be begun, and nobody else puts it there."""
    goes_on, real = threading.Event(), space.Ballast.take

    def slow(ballast: space.Ballast) -> bool:
        assert goes_on.wait(20)
        return real(ballast)

    monkeypatch.setattr(space.Ballast, "take", slow)
    store = Store(tmp_path)
    await store.start()
    assert not store.ballast.is_aboard
    Ledger(store, CLOCK).check_room()
    assert await store.refloat()
    assert not store.ballast.is_aboard
    goes_on.set()
    assert store._loading is not None
    assert await store._loading
    store.ballast.drop()
    with pytest.raises(Refused):
        Ledger(store, CLOCK).check_room()
    await store.stop()


async def test_a_full_disk_refuses_loses_nothing_and_goes_on_when_there_is_room(
    small_disk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(space, "BALLAST", 2**20)
    monkeypatch.setattr(space, "SPARE", 2**18)
    store = Store(small_disk)
    await store.start()
    await until(lambda: store.ballast.is_aboard)
    ledger = Ledger(store, CLOCK)
    await store.write([put("before")])
    filler = small_disk / "filler"
    fill(filler)
    written = await write_until_full(store)
    assert not store.ballast.is_aboard
    assert written > 2
    with pytest.raises(Refused) as refused:
        ledger.check_room()
    assert (refused.value.code, str(refused.value)) == ("storage-full", FULL)
    assert len(kept(small_disk)) == written + 1
    filler.unlink()
    await store.write([put("after")])
    assert "after" in kept(small_disk)
    assert await store.refloat()
    ledger.check_room()
    await store.stop()
    with sqlite3.connect(store.database.path) as connection:
        assert connection.execute("PRAGMA quick_check").fetchone() == ("ok",)
    shutil.rmtree(small_disk / "backups", ignore_errors=True)
