"""Everything that could grow, its bound, and what happens there.

Each bound is an integer that knows its meaning. `TABLE` lists them for the documentation and for
the tests, which drive each one over its bound.
"""

from typing import Self


class Limit(int):
    """A bound, of what, and what happens when it is reached."""

    of: str
    policy: str

    def __new__(cls, value: int, of: str, policy: str) -> Self:
        """Make an integer that carries its own explanation."""
        limit = super().__new__(cls, value)
        limit.of, limit.policy = of, policy
        return limit


KIB = 1024
MIB = 1024 * KIB
GIB = 1024 * MIB

# --- people and their runs ---
RUNS_KEPT = Limit(128, "runs of one owner", "another is refused until one is deleted")
RUNS_PLAYING = Limit(64, "runs of one owner that play at once", "playing another is refused")
RUNS_IN_ALL = Limit(512, "runs of this server", "another is refused until one is deleted")
MEMORY_PERCENT = Limit(80, "percent of the machine's memory in use", "another run is refused")
DEMOS_KEPT = Limit(4, "shared first-visit runs", "the oldest is deleted")
ANSWERS_KEPT = Limit(256, "answered commands of a run, by `cmd_id`", "the oldest is forgotten")
COMMANDS_WAITING = Limit(64, "commands of a run under way at once", "another is refused")

# --- logs ---
RECORDS_KEPT = Limit(8192, "records of a run's log", "the oldest go; resuming there is a reset")
RECORD_BYTES_KEPT = Limit(
    4 * MIB, "bytes of a run's log", "the oldest go; resuming there is a reset"
)
RESUME_RECORDS = Limit(5000, "records sent to resume", "a reset: history comes by REST")
RESUME_BYTES = Limit(MIB, "bytes sent to resume", "a reset: history comes by REST")
CURVE_POINTS = Limit(131_072, "points of one curve", "of its older half, two become one bucket")
CURVES = Limit(64, "curves of a run", "further names are left out of the complete history")
JOURNAL_KEPT = Limit(4096, "entries of a run's journal in memory", "the oldest go")
INHERITED_POINTS = Limit(4000, "points that a fork's log begins with", "a reset: they come by REST")

# --- what is kept on disk ---
CHECKPOINTS = Limit(400, "checkpoints of one run", "those that are missed least go")
CHECKPOINT_BYTES = Limit(256 * MIB, "bytes of one run's checkpoints", "those missed least go")
PARCEL_BYTES = Limit(
    512 * MIB, "bytes of weights that one run was given, with those before", "refused"
)
CHUNK_POINTS = Limit(1000, "points of a curve in one row of the store", "the next row begins")
UNWRITTEN_BYTES = Limit(
    8 * MIB, "bytes of logs that wait for the disk", "runs stand still until they are written"
)

# --- viewers ---
BACKLOG_BYTES = Limit(256 * KIB, "bytes of log that a viewer lags behind", "skipped, with a gap")
FOLLOWED = Limit(64, "runs that one viewer follows", "another is refused")
SUBSCRIPTIONS = Limit(64, "pictures that one viewer watches", "another is refused")
CREDITS = Limit(2, "frames of a subscription sent and not drawn", "newer ones take one slot")
STUCK_SECONDS = Limit(15, "seconds without a sign from a viewer that was sent something", "closed")
PROBES_WATCHED = Limit(128, "different probes watched in one run", "another is refused")

# --- workers ---
MESSAGE_BYTES = Limit(
    256 * MIB, "bytes of one message to or from a worker", "the worker is replaced"
)
UNREAD_BYTES = Limit(300 * MIB, "bytes that a worker has not read", "it is replaced")
OUTBOX_BYTES = Limit(8 * MIB, "bytes that a worker has not got rid of", "it trains no further")
REQUESTS_WAITING = Limit(512, "requests to one worker under way", "another is refused for now")
RESTARTS = Limit(3, "new processes for one worker in a minute", "the next waits for its minute")
RESTART_WINDOW = Limit(60, "seconds over which restarts are counted", "older ones are forgotten")
DEATHS = Limit(3, "workers that end in the midst of one run in a minute", "the run fails")
CELLS = Limit(8, "runs that have a worker of their own", "another that ends workers fails at once")
WORKERS = Limit(32, "worker processes", "more cores stay unused")
HUNG_SECONDS = Limit(10, "seconds that a worker is silent and idle (and 3 steps)", "it is replaced")
BUSY_SECONDS = Limit(
    300, "seconds that a worker is silent and busy (and 3 steps)", "it is replaced"
)
WORKER_BYTES = Limit(
    4 * GIB, "bytes that the runs of a worker take (half the machine's at most)", "the run fails"
)
FILE_BYTES = Limit(2 * GIB, "bytes of a file that a worker writes", "writing fails")
FILES_OPEN = Limit(256, "files that a worker has open", "opening another fails")
STDERR_BYTES = Limit(16 * KIB, "bytes of an unfinished line of a worker's stderr", "the oldest go")
ERRANDS = Limit(64, "requests for past steps that one worker has waiting", "another is refused")
ANALYSES = Limit(16, "analyses under way at once", "another is refused")
SWEEP_PARAMETERS = Limit(
    20_000_000, "parameters of all copies that a sweep trains", "the sweep is refused"
)
LAYERS_CAPTURED = Limit(
    1000, "layers of a network whose computational graph is drawn", "it is refused"
)
EXAMPLES_PREDICTED = Limit(4096, "examples that a network is used on at once", "refused")
POINTS_GATHERED = Limit(65_536, "steps gathered in a worker before they are sent", "sent at once")

TABLE = {name: limit for name, limit in globals().items() if isinstance(limit, Limit)}
"""Every bound of this room by its name."""
