"""A crowd before a server: many sockets that watch and draw, in a process of its own.

    python -m tests.bars.crowd < settings.json

It reads its settings from standard input and prints what it measured as one JSON object. Commands are sent by a fixed
timetable and timed from when they were due, so that a server that stands still is not spared the wait of the others.
"""

import asyncio
import json
import sys
import time
from collections import Counter
from contextlib import suppress
from typing import Any

import msgspec
import uvloop
from pydantic import BaseModel
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosedOK

from neurarium.api.messages import PROTOCOL

PICTURES: tuple[dict[str, Any], ...] = (
    {"kind": "boundary"},
    {"kind": "answer"},
    {"kind": "health"},
)
"""What each viewer has on its screen."""


class Crowd(BaseModel):
    """How many look at which runs, for how long, and how often somebody changes something."""

    live: str
    token: str
    runs: list[str]
    viewers: int
    seconds: float
    commands_a_second: float = 16.0
    lazy: int = 0
    """How many of the viewers never say that they have drawn anything."""


class Viewer:
    """One page."""

    def __init__(self, number: int, crowd: Crowd) -> None:
        self.run = crowd.runs[number % len(crowd.runs)]
        self.is_lazy = number < crowd.lazy
        self.records = 0
        self.frames = 0
        self.undrawn: Counter[int] = Counter()
        self.most_under_way = 0
        self.seen = asyncio.Event()
        self.acks: dict[str, asyncio.Future[float]] = {}
        """By command, the moment at which its answer comes."""
        self._crowd = crowd

    async def sit(self, begin: float) -> float:
        """Open the socket and subscribe; say how long after `begin` the first picture was there."""
        headers = {"Authorization": f"Bearer {self._crowd.token}"}
        self.socket: ClientConnection = await connect(
            self._crowd.live,
            additional_headers=headers,
            compression=None,
            max_size=None,
            ping_interval=None,
        )
        await self.say(type="hello", v=PROTOCOL)
        await self.say(type="watch", run=self.run)
        for number, probe in enumerate(PICTURES):
            await self.say(type="subscribe", subscription=number, run=self.run, probe=probe)
        self.listening = asyncio.create_task(self.listen())
        await self.seen.wait()
        return time.monotonic() - begin

    async def listen(self) -> None:
        """Take what comes, until the socket ends."""
        async for raw in self.socket:
            message = json.loads(raw) if isinstance(raw, str) else msgspec.msgpack.decode(raw)
            match message["type"]:
                case "frame":
                    await self.draw(message["subscription"])
                case "metrics" | "event":
                    await self.read(message)
                case "ack":
                    self.acks.pop(message["cmd_id"]).set_result(time.monotonic())
                case "refused":
                    raise RuntimeError(message["detail"])

    async def draw(self, subscription: int) -> None:
        """Take a frame; a lazy page gives no credit back."""
        self.frames += 1
        self.undrawn[subscription] += 1
        self.most_under_way = max(self.most_under_way, self.undrawn[subscription])
        self.seen.set()
        if not self.is_lazy:
            self.undrawn[subscription] -= 1
            await self.say(type="drawn", subscription=subscription)

    async def read(self, message: dict[str, Any]) -> None:
        """Take a record of the log, and say so now and then."""
        self.records += 1
        if self.records % 20 == 0:
            await self.say(type="read", run=self.run, seq=message["seq"])

    async def change(self, number: int, due: float) -> float:
        """Change the learning rate; say how long after it was due the answer came."""
        name = f"c{number}"
        answer: asyncio.Future[float] = asyncio.get_running_loop().create_future()
        self.acks[name] = answer
        what = {"kind": "change", "changes": {"optimizer.lr": 0.05 + 0.001 * (number % 7)}}
        await self.say(type="command", cmd_id=name, run=self.run, command=what)
        return await answer - due

    async def say(self, **message: Any) -> None:
        """Send one message."""
        await self.socket.send(json.dumps(message))

    async def leave(self) -> None:
        """Close the socket; whatever went wrong while listening is raised here."""
        await self.socket.close()
        with suppress(ConnectionClosedOK):  # it was about to answer a picture
            await self.listening


async def commands(viewers: list[Viewer], crowd: Crowd) -> list[float]:
    """Give commands by the timetable, each from another page; list how long each took."""
    begin = time.monotonic()
    waiting: list[asyncio.Task[float]] = []
    for number in range(int(crowd.seconds * crowd.commands_a_second)):
        due = begin + number / crowd.commands_a_second
        await asyncio.sleep(max(0.0, due - time.monotonic()))
        viewer = viewers[(number * 7919) % len(viewers)]
        waiting.append(asyncio.create_task(viewer.change(number, due)))
    return await asyncio.gather(*waiting)


async def visit(crowd: Crowd) -> dict[str, Any]:
    """Come in all at once, stay for a while, and leave."""
    viewers = [Viewer(number, crowd) for number in range(crowd.viewers)]
    begin = time.monotonic()
    opened = await asyncio.gather(*(viewer.sit(begin) for viewer in viewers))
    frames = sum(viewer.frames for viewer in viewers)
    if crowd.commands_a_second:
        delays = await commands(viewers, crowd)
    else:
        delays = []
        await asyncio.sleep(crowd.seconds)
    frames = sum(viewer.frames for viewer in viewers) - frames
    await asyncio.gather(*(viewer.leave() for viewer in viewers))
    return {
        "opened": max(opened),
        "delays": delays,
        "frames_a_second": frames / crowd.seconds,
        "records": min(viewer.records for viewer in viewers),
        "most_under_way": max(viewer.most_under_way for viewer in viewers),
    }


if __name__ == "__main__":
    told = uvloop.run(visit(Crowd.model_validate_json(sys.stdin.read())))
    sys.stdout.write(json.dumps(told) + "\n")
