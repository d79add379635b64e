"""R-03 to R-09 over a real server: nothing of a log is lost, pictures are the latest, and nobody waits for anybody."""

import asyncio
import contextlib
import json
import random
import socket as sockets
import time
from typing import Any

import pytest

from tests.backend.api.line import Line, Message, line
from tests.backend.api.service import Service

LONG = {"steps": 1_000_000}


def command(run: str, cmd_id: str, **what: Any) -> Message:
    return {"type": "command", "cmd_id": cmd_id, "run": run, "command": what}


def subscribe(run: str, number: int, kind: str, **more: Any) -> Message:
    return {"type": "subscribe", "subscription": number, "run": run, "probe": {"kind": kind}} | more


async def test_a_run_is_followed_from_its_first_record(server: Service) -> None:
    run = server.client().create("mlp-circles", {"steps": 300})["id"]
    async with line(server) as page:
        await page.say({"type": "watch", "run": run}, command(run, "go", kind="play"))
        losses: list[int] = []
        numbers: list[int] = []
        state = None
        while state != "finished":
            message = await page.hear()
            if message["type"] in ("metrics", "event"):
                numbers.append(message["seq"])
                state = message.get("state") or state
            if message["type"] == "metrics":
                losses += [
                    s
                    for curve in message["series"]
                    if curve["name"] == "loss"
                    for s in curve["steps"]
                ]
    assert numbers == list(range(1, len(numbers) + 1))
    assert losses == sorted(set(losses))
    assert losses[-1] == 300


@pytest.mark.slow
async def test_thirty_cuts_leave_no_gap_and_no_duplicate(server: Service) -> None:
    run = server.client().create("mlp-circles", LONG)["id"]
    server.client().play(run, pace=400)
    chance = random.Random(7)
    resume: Message | None = None
    numbers: list[int] = []
    for _ in range(30):
        async with line(server) as page:
            await page.say({"type": "watch", "run": run, "resume": resume})
            for _ in range(chance.randint(1, 8)):
                message = await page.hear()
                while message["type"] not in ("metrics", "event"):
                    assert message["type"] == "heartbeat"
                    message = await page.hear()
                numbers.append(message["seq"])
                resume = {"epoch": message["epoch"], "seq": message["seq"]}
            page.connection.transport.abort()  # no close, no farewell: the line is cut
        await asyncio.sleep(chance.random() * 0.05)
    server.client().delete(run)
    assert numbers == list(range(1, len(numbers) + 1))


async def test_a_place_in_another_life_of_the_log_is_a_reset(server: Service) -> None:
    run = server.client().create("mlp-circles", LONG)["id"]
    server.client().step(run, count=3)
    await stands(server, run)
    epoch = server.client().run(run)["log"]["epoch"]
    for resume in ({"epoch": "0" * 16, "seq": 1}, {"epoch": epoch, "seq": 2**53}):
        async with line(server) as page:
            await page.say({"type": "watch", "run": run, "resume": resume})
            reset = await page.until("reset", reason="epoch")
            assert reset["epoch"] == epoch
            server.client().step(run)
            # It goes on behind the record that the reset names; what was before comes by REST.
            while "seq" not in (message := await page.hear()):
                pass
            assert message["seq"] == reset["seq"] + 1
            await page.until("event", state="paused")
    assert server.client().metrics(run)["loss"]["steps"] == [1, 2, 3, 4, 5]


async def test_frames_stop_after_two_that_were_not_drawn(server: Service) -> None:
    run = server.client().create("mlp-circles", LONG)["id"]
    async with line(server) as page:
        await page.say(subscribe(run, 4, "boundary"), command(run, "go", kind="play"))
        frames = [await page.until("frame") for _ in range(2)]
        assert not await frames_within(page, 0.5)
        await page.say({"type": "drawn", "subscription": 4})
        later = [await page.until("frame")]
        assert not await frames_within(page, 0.5)
        assert later[0]["step"] > frames[-1]["step"]
        assert {frame["subscription"] for frame in frames + later} == {4}
        assert all(array["dtype"] in ("uint8", "int32", "float32") for array in later[0]["arrays"])
        await page.say({"type": "unsubscribe", "subscription": 4})
        assert not await frames_within(page, 0.4)
    server.client().delete(run)


async def stands(server: Service, run: str) -> None:
    """Wait until a run has taken the steps that it was asked for."""
    async with line(server) as page:
        await page.say({"type": "watch", "run": run})
        await page.until("event", event="state", state="paused")


async def frames_within(page: Line, seconds: float) -> list[Message]:
    """Collect the frames that come in some time."""
    found = []
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            while True:
                found.append(await page.until("frame"))
    return found


async def test_a_past_step_is_shown_once_as_it_was(server: Service) -> None:
    client = server.client()
    run = client.create("mlp-circles", LONG)["id"]
    client.step(run, count=16)
    await stands(server, run)
    before = client.probe(run, "weight")
    client.step(run, count=30)
    async with line(server) as page:
        await page.say(subscribe(run, 9, "weight", step=before["step"]))
        frame = await page.until("frame")
        assert (frame["step"], frame["subscription"], frame["run"]) == (before["step"], 9, run)
        assert not await frames_within(page, 0.3)
    again = client.probe(run, "weight", step=before["step"])
    assert again["arrays"] == before["arrays"]


async def test_a_command_is_done_once_however_often_it_is_sent(server: Service) -> None:
    run = server.client().create("mlp-circles", LONG)["id"]
    change = command(run, "lr-1", kind="change", changes={"optimizer.lr": 0.125})
    async with line(server) as page:
        await page.say({"type": "watch", "run": run}, change, change, change)
        acks = [await page.until("ack", cmd_id="lr-1") for _ in range(3)]
        assert acks[0] == acks[1] == acks[2]
        assert acks[0]["effect"]["command"]["changes"] == {"optimizer.lr": 0.125}
        await page.say(command(run, "lr-1", kind="change", changes={"optimizer.lr": 0.5}))
        assert (await page.until("refused"))["code"] == "cmd-id-reused"
    assert server.client().run(run)["job"]["optimizer"]["lr"] == 0.125


async def test_a_shared_run_can_be_seen_and_not_changed(server: Service) -> None:
    with server.raw() as http:
        run = http.post("/api/v1/demo").json()
        assert run["shared"]
        assert (
            http.patch(f"/api/v1/runs/{run['id']}", json={"optimizer.lr": 1}).json()["code"]
            == "shared-run"
        )
    async with line(server) as page:
        await page.say({"type": "watch", "run": run["id"]}, command(run["id"], "x", kind="pause"))
        assert (await page.until("refused", cmd_id="x"))["code"] == "shared-run"
        assert (await page.until("metrics"))["run"] == run["id"]
    fork = server.client().fork(run["id"])
    assert not fork["shared"]
    assert server.client().change(fork["id"], {"optimizer.lr": 0.01})["effects"]


@pytest.mark.bars  # half a minute, and its shares are those of a machine that has nothing else to do
async def test_a_viewer_that_stops_reading_costs_nobody_anything(server: Service) -> None:
    """One that never reads watches everything; another one counts what it gets, before and meanwhile."""
    client = server.client()
    run = client.create("mlp-circles", LONG)["id"]
    client.play(run)
    async with line(server) as reader:
        await reader.say({"type": "watch", "run": run}, subscribe(run, 1, "boundary"))
        alone, steps_alone = await received(reader, 3.0), client.run(run)["step"]
        memory = server.memory
        stuck = deaf(server, run)
        try:
            start = client.run(run)["step"]
            together = await received(reader, 3.0)
            steps = client.run(run)["step"] - start
            grown = server.memory - memory
            end = await asyncio.wait_for(asyncio.to_thread(ending, stuck), 30)
        finally:
            stuck.close()
    client.delete(run)
    assert together["seqs"] == list(range(together["seqs"][0], together["seqs"][-1] + 1))
    assert len(together["seqs"]) >= 0.6 * len(alone["seqs"])
    assert together["frames"] >= 0.6 * alone["frames"]
    assert steps >= 0.5 * steps_alone
    assert grown <= 8 * 2**20
    # With a full buffer no close gets through: then the line is dropped.
    assert end in ("closed 4408", "dropped")


async def received(page: Line, seconds: float) -> dict[str, Any]:
    """Read for some time like a page: tell what has arrived, give credits back."""
    seqs: list[int] = []
    frames = 0
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        message = await page.hear()
        if "seq" in message:
            seqs.append(message["seq"])
            if len(seqs) % 10 == 0:
                await page.say({"type": "read", "run": message["run"], "seq": message["seq"]})
        elif message["type"] == "frame":
            frames += 1
            await page.say({"type": "drawn", "subscription": message["subscription"]})
    return {"seqs": seqs, "frames": frames}


def deaf(server: Service, run: str) -> sockets.socket:
    """Open a socket by hand, ask for everything, and never read."""
    host, _, port = server.url.removeprefix("http://").partition(":")
    raw = sockets.socket()
    raw.setsockopt(sockets.SOL_SOCKET, sockets.SO_RCVBUF, 4096)
    raw.connect((host, int(port)))
    raw.sendall(
        f"GET /api/v1/live HTTP/1.1\r\nHost: {host}:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n"
        f"Authorization: Bearer {server.token}\r\n\r\n".encode()
    )
    wanted = [
        subscribe(run, number, kind)
        for number, kind in enumerate(("boundary", "data", "hidden", "weight"))
    ]
    for message in ({"type": "hello", "v": 1}, {"type": "watch", "run": run}, *wanted):
        raw.sendall(masked(json.dumps(message).encode()))
    return raw


def masked(text: bytes) -> bytes:
    """Write a text frame as a page does, with a mask of zeros."""
    length = (
        bytes([0x80 | len(text)]) if len(text) < 126 else b"\xfe" + len(text).to_bytes(2, "big")
    )
    return b"\x81" + length + b"\0\0\0\0" + text


def ending(raw: sockets.socket) -> str:
    """Wait until the server has had enough, then read what was under way: how it ended.

    A line that is dropped ends in the middle of a message, with or without a reset; one that goes on is a TimeoutError.
    """
    time.sleep(17)
    raw.settimeout(10)
    everything = b""
    with contextlib.suppress(ConnectionResetError):
        while chunk := raw.recv(65536):
            everything += chunk
    farewell = b"\x88\x02" + (4408).to_bytes(2, "big")
    return "closed 4408" if everything.endswith(farewell) else "dropped"
