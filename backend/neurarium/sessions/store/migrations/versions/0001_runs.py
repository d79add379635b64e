"""The first tables: runs, what happened to them, and where their checkpoints lie."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def _run() -> "sa.Column[str]":
    return sa.Column(
        "run", sa.String, sa.ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True
    )


def upgrade() -> None:
    """Make them."""
    op.create_table(
        "runs",
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("owner", sa.String, nullable=False, index=True),
        sa.Column("preset", sa.String),
        sa.Column("shared", sa.Integer, nullable=False),
        sa.Column("created", sa.Float, nullable=False),
        sa.Column("parent", sa.String),
        sa.Column("start", sa.Integer),
        sa.Column("first_job", sa.Text, nullable=False),
        sa.Column("job", sa.Text, nullable=False),
        sa.Column("state", sa.String, nullable=False),
        sa.Column("step", sa.Integer, nullable=False),
        sa.Column("attempt", sa.Integer, nullable=False),
        sa.Column("log_epoch", sa.String, nullable=False),
        sa.Column("head", sa.Integer, nullable=False),
        sa.Column("folded", sa.Integer, nullable=False),
        sa.Column("facts", sa.Text, nullable=False),
    )
    op.create_table(
        "journal",
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column(
            "run",
            sa.String,
            sa.ForeignKey("runs.id", ondelete="CASCADE"),
            nullable=False,
            index=True,
        ),
        sa.Column("step", sa.Integer, nullable=False),
        sa.Column("cmd_id", sa.String),
        sa.Column("command", sa.Text, nullable=False),
        sa.Column("effect", sa.Text, nullable=False),
    )
    op.create_table(
        "records",
        _run(),
        sa.Column("seq", sa.Integer, primary_key=True),
        sa.Column("event", sa.String),
        sa.Column("body", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "curves",
        _run(),
        sa.Column("name", sa.String, primary_key=True),
        sa.Column("place", sa.Integer, primary_key=True),
        sa.Column("points", sa.Integer, nullable=False),
        sa.Column("replicas", sa.Integer, nullable=False),
        sa.Column("whole", sa.LargeBinary, nullable=False),
        sa.Column("real", sa.LargeBinary, nullable=False),
        sa.Column("buckets", sa.Integer, nullable=False),
    )
    op.create_table(
        "checkpoints",
        _run(),
        sa.Column("name", sa.String, primary_key=True),
        sa.Column("step", sa.Integer, nullable=False),
        sa.Column("size", sa.Integer, nullable=False),
    )
    op.create_table(
        "answers",
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("run", sa.String, sa.ForeignKey("runs.id", ondelete="CASCADE"), nullable=False),
        sa.Column("cmd_id", sa.String, nullable=False),
        sa.Column("command", sa.Text, nullable=False),
        sa.Column("step", sa.Integer, nullable=False),
        sa.Column("effect", sa.Text),
        sa.UniqueConstraint("run", "cmd_id"),
    )
    op.create_table("deleted", sa.Column("run", sa.String, primary_key=True))
