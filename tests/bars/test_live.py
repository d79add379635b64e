"""Bars 2, 4, 5 and 7: how fast a warm server answers, and that nothing is lost when the line is cut."""

import asyncio
import random
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pytest

from neurarium_models.preset import PRESETS
from tests.backend.api.line import Line, Message, line
from tests.backend.api.service import Service
from tests.backend.sessions.house import is_complete
from tests.bars.table import Table

pytestmark = pytest.mark.bars

LONG = {"steps": 1_000_000}
MEGAPIXEL = "mlp-megapixel-paper"
CHANGES: dict[str, Message] = {
    "learning rate": {"changes": {"optimizer.lr": 0.05}},
    "optimizer": {"changes": {"optimizer": {"kind": "Adam", "lr": 0.01}}},
    "momentum": {"changes": {"optimizer.momentum": 0.9}},
    "loss": {"changes": {"loss": {"kind": "Hinge"}}},
    "regulariser": {"changes": {"regulariser": {"kind": "L2", "strength": 0.01}}},
    "schedule": {"changes": {"schedule": {"kind": "Cosine"}}},
    "batch size": {"changes": {"batch.size": 4}},
    "noise": {"changes": {"dataset.noise": 0.2}},
    "point": {"point": {"id": 3, "x1": 0.5, "x2": -0.5, "label": 1}},
    "weight": {"parameter": "hidden1.weight", "index": [0, 1], "value": 0.75},
}


class Delay:
    """How long changes take: in seconds and, where the run's step is known, in steps."""

    def __init__(self) -> None:
        self.spans: list[float] = []
        self.steps: list[int] = []
        self.step = 0
        """After which step the change is in force."""

    @contextmanager
    def counted(self, before: int) -> Iterator["Delay"]:
        """Time one change, the run being at a step before it."""
        begin = time.perf_counter()
        yield self
        self.spans.append(time.perf_counter() - begin)
        self.steps.append(self.step - before)


def is_prompt(seconds: float, steps: int) -> bool:
    """Say whether a change was in force within the later of 150 ms and 2 steps."""
    return seconds <= 0.15 or 0 <= steps <= 2


def milliseconds(spans: Sequence[float]) -> str:
    """Write the middle and the worst of some spans."""
    ordered = sorted(spans)
    return f"{ordered[len(ordered) // 2] * 1e3:.0f} ms (worst of {len(ordered)}: {ordered[-1] * 1e3:.0f} ms)"


def command(run: str, cmd_id: str, **what: Any) -> Message:
    return {"type": "command", "cmd_id": cmd_id, "run": run, "command": what}


def kind_of(change: Message) -> str:
    return next(
        kind
        for kind, key in (("change", "changes"), ("point", "point"), ("weight", "parameter"))
        if key in change
    )


def patch_of(change: Message) -> Message:
    """Write a change as the body of a PATCH."""
    match kind_of(change):
        case "change":
            body: Message = change["changes"]
            return body
        case "point":
            return {"points": [change["point"]]}
        case _:
            return {"weights": [change]}


async def curve_point(page: Line, name: str = "loss") -> Message:
    """Read on to the next points of a curve."""
    while True:
        message = await page.until("metrics")
        for series in message["series"]:
            if series["name"] == name:
                found: Message = series
                return found


async def test_the_first_point_comes_at_once(server: Service, table: Table) -> None:
    client, spans = server.client(), []
    for _ in range(20):
        run = client.create("mlp-circles", LONG)["id"]
        async with line(server) as page:
            await page.say({"type": "watch", "run": run})
            begin = time.perf_counter()
            await page.say(command(run, "go", kind="play"))
            await curve_point(page)
            spans.append(time.perf_counter() - begin)
        client.delete(run)
    table.hold(
        2, "from play to the first point of the loss", milliseconds(spans), "at most 300 ms",
        max(spans) <= 0.3,
    )  # fmt: skip


@pytest.mark.parametrize("pace", [None, 2.0], ids=["full speed", "two steps a second"])
@pytest.mark.parametrize("name", CHANGES)
async def test_a_change_takes_effect_at_once(
    name: str, pace: float | None, server: Service, table: Table
) -> None:
    client, change = server.client(), CHANGES[name]
    by_socket, by_rest = Delay(), Delay()
    run = client.create("mlp-circles", LONG)["id"]
    client.play(run, pace=pace)
    async with line(server) as page:
        await page.say({"type": "watch", "run": run})
        await curve_point(page)
        for attempt in range(5):
            with by_socket.counted(client.run(run)["step"]) as took:
                await page.say(command(run, f"{attempt}", kind=kind_of(change), **change))
                effect = (await page.until("ack", cmd_id=f"{attempt}"))["effect"]
                took.step = effect["step"]
            await page.say(command(run, f"u{attempt}", **effect["undo"]))
            await page.until("ack", cmd_id=f"u{attempt}")
    for _ in range(5):
        with by_rest.counted(client.run(run)["step"]) as took:
            changed = client.change(run, patch_of(change))
            took.step = changed["effects"][0]["step"]
        assert changed["run"]["id"] == run
        assert changed["run"]["step"] >= took.step
        assert changed["run"]["state"] == "running"
    client.delete(run)
    where = "full speed" if pace is None else f"{pace:g} steps a second"
    for way, delay in (("socket", by_socket), ("REST", by_rest)):
        table.hold(
            4, f"{name}, {way}, {where}: in force", milliseconds(delay.spans),
            "at most 150 ms or 2 steps", all(map(is_prompt, delay.spans, delay.steps)),
        )  # fmt: skip


async def test_a_learning_rate_is_in_force_where_the_journal_says(
    server: Service, table: Table
) -> None:
    client = server.client()
    run = client.create("mlp-circles", LONG | {"optimizer.momentum": 0.9})["id"]
    client.play(run, pace=200)
    async with line(server) as page:
        await page.say({"type": "watch", "run": run})
        await curve_point(page)
        await page.say(
            command(run, "lr", kind="change", changes={"optimizer.lr": 0.0625}),
        )
        journal = await page.until("event", event="journal")
        rate = await curve_point(page, "lr")
    step = journal["effect"]["step"]
    expected = [[0.0625] if at > step else [0.2] for at in rate["steps"]]
    client.delete(run)
    table.hold(
        4, "learning rate: new from the step in the journal on", f"step {step + 1}",
        "the next step", rate["values"] == expected and rate["steps"][0] == step + 1,
    )  # fmt: skip


def test_a_network_too_large_to_build_is_inspected_at_once(server: Service, table: Table) -> None:
    graph = PRESETS[MEGAPIXEL].graph.model_dump(mode="json")
    client, spans, before = server.client(), [], server.memory
    for _ in range(20):
        begin = time.perf_counter()
        answer = client.inspect(graph)
        spans.append(time.perf_counter() - begin)
        assert answer["parameters"] == 3_000_001_000
    assert server.memory - before < 8 * 2**20
    table.hold(
        5, f"{MEGAPIXEL}: 3,000,001,000 parameters answered", milliseconds(spans),
        "at most 100 ms", max(spans) <= 0.1,
    )  # fmt: skip


async def test_thirty_cuts_at_full_speed_lose_nothing(server: Service, table: Table) -> None:
    client, chance = server.client(), random.Random(11)
    run = client.create("mlp-circles", LONG)["id"]
    client.play(run)
    resume: Message | None = None
    numbers: list[int] = []
    points: list[tuple[int, int]] = []
    for _ in range(30):
        async with line(server) as page:
            await page.say({"type": "watch", "run": run, "resume": resume})
            for _ in range(chance.randint(1, 8)):
                message = await page.hear()
                while message["type"] not in ("metrics", "event"):
                    message = await page.hear()
                resume = {"epoch": message["epoch"], "seq": message["seq"]}
                numbers.append(message["seq"])
                for series in message.get("series", []):
                    if series["name"] == "loss":
                        points += zip(series["steps"], series["counts"], strict=True)
            page.connection.transport.abort()  # no close, no farewell: the line is cut
        await asyncio.sleep(chance.random() * 0.05)
    client.delete(run)
    whole = numbers == list(range(1, len(numbers) + 1)) and is_complete(points)
    table.hold(
        7, "30 cuts at full speed", f"{len(numbers)} records, {points[-1][0]:,} steps",
        "no gap, no duplicate", whole,
    )  # fmt: skip
