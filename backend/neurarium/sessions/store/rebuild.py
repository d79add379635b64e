"""Runs whose rows are lost begin again at their newest checkpoint: their curves are gone, what they learned is not."""

import json
import logging
import secrets
from pathlib import Path
from typing import Any

from sqlalchemy import insert, select

from neurarium.sessions.place import Place
from neurarium.sessions.store.database import Database
from neurarium.sessions.store.schema import CHECKPOINTS, RUNS
from neurarium.training.job import Job
from neurarium_models.inspect import inspect

LOGGER = logging.getLogger(__name__)
LENGTH = 8
"""Bytes that say how long a safetensors file's head is."""


def rebuild(database: Database) -> int:
    """Make rows for all folders of checkpoints that have none; say how many. The server must not be running."""
    made = 0
    with database.engine().begin() as connection:
        known = set(connection.execute(select(RUNS.c.id)).scalars())
        for folder in sorted((database.folder / "runs").glob("*/*")):
            if folder.name in known:
                continue
            place, row = _newest(folder)
            if place is None:
                continue
            connection.execute(insert(RUNS).values(row))
            size = (folder / place.name).stat().st_size
            file = {"run": folder.name, "name": place.name, "step": place.step, "size": size}
            connection.execute(insert(CHECKPOINTS).values(file))
            made += 1
    return made


def _newest(folder: Path) -> tuple[Place | None, dict[str, Any]]:
    """Find the newest file that can be read, and let it be the beginning, as though the run had been forked there."""
    places = (Place.parse(path.name) for path in folder.iterdir())
    for place in sorted((place for place in places if place is not None), reverse=True):
        try:
            row = _row(folder, place)
        except (OSError, ValueError, KeyError) as problem:
            LOGGER.warning("checkpoint %s cannot be read: %s", folder / place.name, problem)
            continue
        first = place._replace(journal=0)
        (folder / place.name).rename(folder / first.name)
        return first, row
    return None, {}


def _row(folder: Path, place: Place) -> dict[str, Any]:
    path = folder / place.name
    with path.open("rb") as file:
        length = min(int.from_bytes(file.read(LENGTH), "little"), path.stat().st_size)
        head = json.loads(file.read(length))["__metadata__"]
    record, facts = json.loads(head["run"]), json.loads(head["neurarium"])
    if record["id"] != folder.name:
        raise ValueError(f"it is one of run {record['id']}")
    job = Job.model_validate(facts["job"])
    document = job.model_dump_json()
    return {
        **{name: record[name] for name in ("id", "owner", "preset", "created")},
        "shared": int(record["shared"]),
        "parent": None,
        "start": place.step,
        "first_job": document,
        "job": document,
        "state": "paused" if place.step < job.steps else "finished",
        "step": place.step,
        "attempt": place.attempt + 1,
        "log_epoch": secrets.token_hex(8),
        "head": 0,
        "folded": 0,
        "facts": json.dumps(_facts(job, facts, place)),
    }


def _facts(job: Job, facts: dict[str, Any], place: Place) -> dict[str, Any]:
    """What a page is told of it."""
    return {
        "epoch_of_data": float(facts["epoch"]),
        "pace": None,
        "snapshots": [place.step],
        "parameters": inspect(job.graph).parameters,
        "device": facts["device"],
        "reason": None,
        "reason_values": {},
        "engine": "plain",
        "control": None,
        "since": place.step,
        "singles": [],
        "latest": {},
    }
