"""How what a mailbox holds is written as messages of the socket."""

from neurarium.api.messages import Gap, Heartbeat, Refused, Reset, RunEvent
from neurarium.sessions.ledger import Storage
from neurarium.sessions.log import EventRecord, MetricsRecord
from neurarium.sessions.session import Session
from neurarium.sessions.viewer import Outgoing, Recorded, Restarted, Shown, Skipped


def written(outgoing: Outgoing) -> str | bytes:
    """Write what a mailbox holds as a message; metrics and frames were written once for all viewers."""
    if isinstance(outgoing, Shown):
        return outgoing.message
    if isinstance(outgoing, Recorded):
        if isinstance(outgoing.record, MetricsRecord):
            return outgoing.record.message
        return event(outgoing.run, outgoing.epoch, outgoing.record).model_dump_json()
    if isinstance(outgoing, Restarted):
        return Reset(
            run=outgoing.run, reason=outgoing.reason, epoch=outgoing.epoch, seq=outgoing.seq
        ).model_dump_json()
    if isinstance(outgoing, Skipped):
        return Gap(run=outgoing.run, first=outgoing.first, last=outgoing.last).model_dump_json()
    return Refused(
        subscription=outgoing.subscription, code=outgoing.code, detail=outgoing.detail
    ).model_dump_json()


def event(run: str, epoch: str, record: EventRecord) -> RunEvent:
    """Write an event of a run's log."""
    return RunEvent(
        run=run,
        epoch=epoch,
        seq=record.seq,
        step=record.step,
        event=record.event,
        state=record.state,
        effect=record.effect,
        snapshots=record.snapshots,
        operation=record.operation,
        reason=record.reason,
        values=record.values,
    )


def heartbeat(watched: dict[str, Session], storage: Storage) -> Heartbeat:
    """Write down where the followed runs are, and how it stands with the disk."""
    return Heartbeat(
        heads={run: session.log.head for run, session in watched.items()},
        steps={run: session.step for run, session in watched.items()},
        rates={run: session.rate for run, session in watched.items()},
        storage=storage,
    )
