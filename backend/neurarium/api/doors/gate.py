"""The gate: the outermost layer, through which every request and every socket has to pass."""

import logging
import secrets

from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from neurarium.api.doors.access import Table
from neurarium.api.doors.body import BODILESS, replay, take_body
from neurarium.api.doors.headers import guarded
from neurarium.api.doors.host import check_host
from neurarium.api.doors.idempotency import Answers
from neurarium.api.doors.origin import check_origin
from neurarium.api.doors.principal import Principal, Principals
from neurarium.api.doors.upload import Uploads, is_file
from neurarium.api.problems import Refusal, answer
from neurarium.api.settings import Shut

log = logging.getLogger(__name__)


class Gate:
    """Lets in what the table knows and whoever may use it; whatever goes wrong inside is answered by a problem."""

    def __init__(
        self,
        app: ASGIApp,
        table: Table,
        principals: Principals,
        names: frozenset[str],
        doors: Shut,
    ) -> None:
        self.app = app
        self.table = table
        self.principals = principals
        self.names = names
        self.doors = doors
        self.answers = Answers()
        self.uploads = Uploads()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or carry one socket."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        request_id = secrets.token_hex(8)
        scope.setdefault("state", {})["request_id"] = request_id
        reply = Reply(guarded(send, request_id) if self.doors.headers else send)
        try:
            await self.pass_doors(scope, receive, reply)
        except Refusal as refusal:
            await refuse(refusal, scope, receive, reply)
        except ClientDisconnect:
            return
        except Exception:
            log.exception("request %s: %s failed", request_id, scope["path"][:200])
            if not reply.started:
                await refuse(Refusal("internal"), scope, receive, reply)
            elif scope["type"] == "websocket":
                await send({"type": "websocket.close", "code": 1011})

    async def pass_doors(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Ask at each door in turn, then call the application."""
        if self.doors.host:
            check_host(scope, self.names)
        if self.doors.origin:
            check_origin(scope)
        scope["state"]["principal"] = self.admit(scope)
        scope["state"]["document"] = None
        if scope["type"] == "websocket" or scope["method"] in BODILESS or not self.doors.body:
            await self.app(scope, receive, send)
            return
        entry = self.table.find(scope["path"])
        if entry is not None and entry.takes_file and is_file(scope):
            raw = await self.uploads.take(scope, receive)
        else:
            raw, scope["state"]["document"] = await take_body(scope, receive)
        await self.answers.once(self.app, scope, raw, replay(raw, receive), send)

    def admit(self, scope: Scope) -> Principal | None:
        """Find the route in the table and who asks, or raise Refusal."""
        entry = self.table.find(scope["path"])
        method = "WEBSOCKET" if scope["type"] == "websocket" else scope["method"]
        principal = self.principals.identify(scope)
        if not self.doors.table:
            return principal
        if entry is None:
            raise Refusal("not-found")
        access = entry.methods.get(method)
        if access is None:
            allowed = ", ".join(sorted(entry.methods.keys() - {"WEBSOCKET"}))
            raise Refusal("method-not-allowed", headers={"Allow": allowed})
        if access != "public" and principal is None and self.doors.principal:
            raise Refusal("not-signed-in")
        return principal


class Reply:
    """Remembers whether an answer has begun."""

    def __init__(self, send: Send) -> None:
        self.send = send
        self.started = False

    async def __call__(self, message: Message) -> None:
        """Pass a message on."""
        self.started = True
        await self.send(message)


async def refuse(refusal: Refusal, scope: Scope, receive: Receive, send: Send) -> None:
    """Answer by a problem; a socket is answered so before it is accepted."""
    response = answer(refusal, scope["state"]["request_id"])
    if scope["type"] == "websocket" and "websocket.http.response" not in scope.get(
        "extensions", {}
    ):
        await send({"type": "websocket.close", "code": 1008})
        return
    await response(scope, receive, send)
