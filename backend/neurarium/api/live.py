"""The socket of a page: it follows runs, watches pictures and gives commands. `docs/protocol.md` tells the story.

One task reads, and does what it reads in order; one sends what the viewer's mailbox holds; one looks after the time.
"""

import asyncio
from collections import Counter
from collections.abc import Iterator
from typing import Any

from anyio import create_task_group
from fastapi import APIRouter, WebSocket
from pydantic import BaseModel, TypeAdapter, ValidationError
from starlette.websockets import WebSocketDisconnect

from neurarium.api import closing
from neurarium.api.closing import Close
from neurarium.api.failures import located
from neurarium.api.lines import Bucket, Lines
from neurarium.api.messages import (
    PROTOCOL,
    Ack,
    ClientMessage,
    Command,
    CommandId,
    Drawn,
    Hello,
    Read,
    Refused,
    RunId,
    Subscribe,
    Subscription,
    Unsubscribe,
    Unwatch,
    Watch,
    Welcome,
)
from neurarium.api.outgoing import heartbeat, written
from neurarium.api.problems import Refusal, texts
from neurarium.api.strict_json import KEY, JSONError, parse
from neurarium.sessions import errors
from neurarium.sessions.session import Session
from neurarium.sessions.table import Sessions
from neurarium.sessions.viewer import Shown, Viewer

router = APIRouter()

HELLO_SECONDS = 5.0
HEARTBEAT_SECONDS = 5.0
LOOK_SECONDS = 1.0
"""How often it is looked whether the page still reads."""
SEND_SECONDS = 15.0
CLOSE_SECONDS = 1.0
ABORT = "neurarium.abort"
"""A server may offer to drop a connection that takes nothing any more, not even a close."""
MESSAGE: TypeAdapter[ClientMessage] = TypeAdapter(ClientMessage)
ADDRESSES: dict[str, TypeAdapter[Any]] = {
    "cmd_id": TypeAdapter(CommandId),
    "subscription": TypeAdapter(Subscription),
    "run": TypeAdapter(RunId),
}


class Closing(Exception):  # noqa: N818 - an end, not always an error
    """The socket is to be closed, and why."""

    def __init__(self, close: Close, reason: str = "") -> None:
        super().__init__(close.meaning)
        self.close = close
        self.reason = reason


@router.websocket("/api/v1/live")
async def live(socket: WebSocket) -> None:
    """Carry the socket of one page."""
    lines: Lines = socket.app.state.lines
    owner: str = socket.scope["state"]["principal"].owner
    await socket.accept()
    with lines.taken(owner) as has_room:
        if not has_room:
            await close(socket, closing.LATER)
            return
        await Line(socket, owner).run()


async def close(socket: WebSocket, why: Close, reason: str = "") -> None:
    """Close a socket; one that takes nothing any more is dropped."""
    try:
        async with asyncio.timeout(CLOSE_SECONDS):
            await socket.close(why.code, reason or None)
    except TimeoutError:
        abort = socket.scope.get("extensions", {}).get(ABORT)
        if abort is not None:
            abort()
    except RuntimeError:
        return  # the page was faster


class Line:
    """One socket from `hello` to its end."""

    def __init__(self, socket: WebSocket, owner: str) -> None:
        state = socket.app.state
        self.socket = socket
        self.owner = owner
        self.table: Sessions = state.sessions
        self.build: str = state.pages.build
        self.words = state.words
        self.viewer = Viewer()
        self.bucket = Bucket() if state.settings.doors.rate else None
        self.watched: dict[str, Session] = {}
        self.subscribed: dict[int, Session | None] = {}
        self.storage = self.table.storage
        """How it stands with the disk, as the page was told."""
        self.undrawn: Counter[int] = Counter()
        """Frames that were sent and not drawn yet, by subscription."""

    async def run(self) -> None:
        """Carry the socket until either side closes it."""
        try:
            await self.greet()
            async with create_task_group() as group:
                for work in (self.listen, self.speak, self.pulse):
                    group.start_soon(work)
        except* Closing as ends:
            why = next(iter(leaves(ends)))
            await close(self.socket, why.close, why.reason)
        except* WebSocketDisconnect:
            pass
        finally:
            self.table.leave(self.viewer)

    async def greet(self) -> None:
        """Wait for `hello`, and answer it."""
        try:
            async with asyncio.timeout(HELLO_SECONDS):
                document = await self.receive()
            hello = MESSAGE.validate_python(document)
        except TimeoutError:
            raise Closing(closing.SLOW) from None
        except ValidationError:
            raise Closing(closing.PROTOCOL) from None
        if not isinstance(hello, Hello):
            raise Closing(closing.PROTOCOL)
        if hello.v != PROTOCOL or (hello.build and self.build and hello.build != self.build):
            raise Closing(closing.MISMATCH)
        self.storage = self.table.storage
        await self.say(Welcome(build=self.build, device=self.table.device, storage=self.storage))

    # --- reading ---

    async def listen(self) -> None:
        """Do what the page says, one message after the other."""
        while True:
            document = await self.receive()
            try:
                message = self.read_message(document)
                await self.obey(message)
            except (errors.NotFound, errors.Refused, errors.Unavailable, ValidationError) as error:
                await self.refuse(document, error)

    async def receive(self) -> Any:
        """Take the next message, within the allowed rate, as JSON."""
        event = await self.socket.receive()
        if event["type"] == "websocket.disconnect":
            raise WebSocketDisconnect(event.get("code", 1005))
        if self.bucket is not None and not self.bucket.take():
            raise Closing(closing.RATE, "retry_ms=5000")
        text = event.get("text")
        if text is None:
            raise Closing(closing.PROTOCOL)
        try:
            return parse(text)
        except JSONError:
            raise Closing(closing.PROTOCOL) from None

    def read_message(self, document: Any) -> Any:
        """Read a message; what does not even say whom to answer ends the socket."""
        try:
            return MESSAGE.validate_python(document)
        except ValidationError:
            if address(document).keys() & {"cmd_id", "subscription"}:
                raise
            raise Closing(closing.PROTOCOL) from None

    async def obey(self, message: Any) -> None:
        """Do what one message says."""
        match message:
            case Watch(run=run, resume=resume):
                session = self.table.get(self.owner, run)
                session.watch(self.viewer, None if resume is None else (resume.epoch, resume.seq))
                self.watched[run] = session
            case Unwatch(run=run):
                if run in self.watched:
                    self.watched.pop(run).unwatch(self.viewer)
            case Read(run=run, seq=seq):
                self.viewer.read(run, seq)
            case Subscribe():
                await self.subscribe(message)
            case Unsubscribe(subscription=subscription):
                self.unsubscribe(subscription)
            case Drawn(subscription=subscription):
                self.drawn(subscription)
            case Command(cmd_id=cmd_id, run=run, command=command):
                session = self.table.get(self.owner, run)
                step, effect = await session.command(cmd_id, command)
                await self.say(Ack(cmd_id=cmd_id, run=run, step=step, effect=effect))
            case _:
                raise Closing(closing.PROTOCOL)

    async def subscribe(self, message: Subscribe) -> None:
        """Let a probe look again and again, or once at a past step."""
        self.unsubscribe(message.subscription)
        session = self.table.get(self.owner, message.run)
        if message.step is None:
            session.subscribe(self.viewer, message.subscription, message.probe)
            self.subscribed[message.subscription] = session
            return
        self.viewer.open(message.subscription, nothing)
        self.subscribed[message.subscription] = None
        try:
            frame = await session.look(message.probe, message.step)
        except errors.Refused:
            self.unsubscribe(message.subscription)
            raise
        self.viewer.show(message.subscription, frame)

    def drawn(self, subscription: int) -> None:
        """Give a credit back. Such a message is an answer: it does not count against the rate."""
        self.viewer.drawn(subscription)
        if self.undrawn[subscription] > 0:
            self.undrawn[subscription] -= 1
            if self.bucket is not None:
                self.bucket.give_back()

    def unsubscribe(self, subscription: int) -> None:
        """Look no longer."""
        del self.undrawn[subscription]
        if subscription not in self.subscribed:
            return
        session = self.subscribed.pop(subscription)
        if session is None:
            self.viewer.close(subscription)
        else:
            session.unsubscribe(self.viewer, subscription)

    async def refuse(self, document: dict[str, Any], error: Exception) -> None:
        """Say what cannot be done. Names of nodes may be repeated, other texts may not."""
        if isinstance(error, ValidationError):
            error = located(error, "body", document, skip=1)
        sent = (text for text in texts(document) if not KEY.fullmatch(text))
        refusal: Refusal = self.words().refusal(error, sent)
        detail = refusal.detail
        if refusal.errors:
            wrong = refusal.errors[0]
            detail = f"{wrong.pointer}: {wrong.detail}"
        addressee = address(document)
        await self.say(Refused(**addressee, code=refusal.code, detail=detail))

    # --- speaking ---

    async def speak(self) -> None:
        """Send what the mailbox holds, as fast as the page takes it."""
        while True:
            outgoing = await self.viewer.next()
            await self.send(written(outgoing))
            if isinstance(outgoing, Shown):
                self.undrawn[outgoing.subscription] += 1
            # A page that is brought up to date must not keep all others waiting.
            await asyncio.sleep(0)

    async def say(self, message: BaseModel) -> None:
        """Send a message of control."""
        await self.send(message.model_dump_json())

    async def send(self, message: str | bytes) -> None:
        """Send a message; a page that takes nothing for too long is closed."""
        try:
            async with asyncio.timeout(SEND_SECONDS):
                if isinstance(message, str):
                    await self.socket.send_text(message)
                else:
                    await self.socket.send_bytes(message)
        except TimeoutError:
            raise Closing(closing.SLOW) from None

    async def pulse(self) -> None:
        """Send the heads of the logs now and then, and see whether the page still reads."""
        since = 0.0
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            if self.viewer.is_stuck:
                raise Closing(closing.SLOW)
            since += LOOK_SECONDS
            storage = self.table.storage
            if since >= HEARTBEAT_SECONDS or storage != self.storage:
                since, self.storage = 0.0, storage
                await self.say(heartbeat(self.watched, storage))


def leaves(group: BaseExceptionGroup[Closing]) -> Iterator[Closing]:
    """Walk through the reasons in a group of groups of reasons."""
    for end in group.exceptions:
        if isinstance(end, BaseExceptionGroup):
            yield from leaves(end)
        else:
            yield end


def nothing() -> None:
    """Do nothing: a picture of the past needs no successor."""


def address(document: Any) -> dict[str, Any]:
    """Find whom a refusal is to be addressed to: the command or subscription of a message, and its run."""
    if not isinstance(document, dict):
        return {}
    names = {"command": ("cmd_id", "run"), "subscribe": ("subscription", "run"), "watch": ("run",)}
    found: dict[str, Any] = {}
    for name in names.get(str(document.get("type")), ()):
        try:
            found[name] = ADDRESSES[name].validate_python(document.get(name))
        except ValidationError:
            continue
    return found
