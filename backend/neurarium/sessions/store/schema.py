"""The tables, as they are now. How they came to be stands in `migrations/`, one file for each change."""

from sqlalchemy import (
    Column,
    Float,
    ForeignKey,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

METADATA = MetaData()


def _run() -> "Column[str]":
    """The run that a row belongs to: it goes with it."""
    return Column("run", String, ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True)


RUNS = Table(
    "runs",
    METADATA,
    Column("id", String, primary_key=True),
    Column("owner", String, nullable=False, index=True),
    Column("preset", String),
    Column("shared", Integer, nullable=False),
    Column("created", Float, nullable=False),
    Column("parent", String),
    Column("start", Integer),  # step of the checkpoint that a fork began with
    Column("first_job", Text, nullable=False),
    Column("job", Text, nullable=False),
    Column("state", String, nullable=False),
    Column("step", Integer, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("log_epoch", String, nullable=False),
    Column("head", Integer, nullable=False),
    Column("folded", Integer, nullable=False),  # up to this record, the curves are in `curves`
    Column("facts", Text, nullable=False),  # what else a page is told of it, as JSON
)

JOURNAL = Table(
    "journal",
    METADATA,
    Column("number", Integer, primary_key=True),
    Column("run", String, ForeignKey("runs.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("step", Integer, nullable=False),
    Column("cmd_id", String),
    Column("command", Text, nullable=False),
    Column("effect", Text, nullable=False),
)

RECORDS = Table(
    "records",
    METADATA,
    _run(),
    Column("seq", Integer, primary_key=True),
    Column("event", String),  # none: points of curves
    Column("body", LargeBinary, nullable=False),
)

CURVES = Table(
    "curves",
    METADATA,
    _run(),
    Column("name", String, primary_key=True),
    Column("place", Integer, primary_key=True),  # which point of the curve is the first
    Column("points", Integer, nullable=False),
    Column("replicas", Integer, nullable=False),
    Column("whole", LargeBinary, nullable=False),  # int64: last steps, then counts
    Column(
        "real", LargeBinary, nullable=False
    ),  # float64: means; with buckets also least, greatest
    Column("buckets", Integer, nullable=False),
)

CHECKPOINTS = Table(
    "checkpoints",
    METADATA,
    _run(),
    Column("name", String, primary_key=True),
    Column("step", Integer, nullable=False),
    Column("size", Integer, nullable=False),
)

ANSWERS = Table(
    "answers",
    METADATA,
    Column("number", Integer, primary_key=True),
    Column("run", String, ForeignKey("runs.id", ondelete="CASCADE"), nullable=False),
    Column("cmd_id", String, nullable=False),
    Column("command", Text, nullable=False),
    Column("step", Integer, nullable=False),
    Column("effect", Text),
    UniqueConstraint("run", "cmd_id"),
)

DELETED = Table(
    "deleted",  # runs whose files are still to be deleted
    METADATA,
    Column("run", String, primary_key=True),
)
