"""How records are written into rows, and read from them."""

from typing import Any

import msgspec

from neurarium.sessions.log import EventRecord, MetricsRecord, Record
from neurarium.training.command import Effect

FIELDS = ("step", "state", "snapshots", "reason", "values", "size")


def row(run: str, record: Record) -> dict[str, Any]:
    """Write a record."""
    if isinstance(record, MetricsRecord):
        return {"run": run, "seq": record.seq, "event": None, "body": record.message}
    facts: dict[str, Any] = {name: getattr(record, name) for name in FIELDS}
    facts["effect"] = None if record.effect is None else record.effect.model_dump_json()
    body = msgspec.msgpack.encode(facts)
    return {"run": run, "seq": record.seq, "event": record.event, "body": body}


def record(found: Any) -> Record:
    """Read a record."""
    if found.event is None:
        return MetricsRecord(found.seq, found.body)
    facts = msgspec.msgpack.decode(found.body)
    effect = facts.pop("effect")
    return EventRecord(
        found.seq,
        event=found.event,
        effect=None if effect is None else Effect.model_validate_json(effect),
        **facts,
    )
