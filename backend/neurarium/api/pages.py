"""The page and its assets, from a fixed list of files: no path that is asked for ever reaches the file system."""

import hmac
import mimetypes
import re
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from neurarium.api.doors.access import PAGES
from neurarium.api.doors.headers import page_policy
from neurarium.api.doors.host import from_here
from neurarium.api.doors.principal import Principals, cookie_name
from neurarium.api.problems import Refusal

STATIC = Path(str(files("neurarium"))) / "static"
IMMUTABLE = "public, max-age=31536000, immutable"
UNBUILT = b"""<!doctype html><html lang="en"><meta charset="utf-8"><title>Neurarium</title>
<h1>Neurarium</h1><p>The service runs, but the page was not built. Run <code>make build</code>, then start it again.</p>
</html>
"""


@dataclass(frozen=True)
class File:
    """One file of the page."""

    content: bytes
    media_type: str


class Pages:
    """All files that Vite has written, in memory."""

    def __init__(self, principals: Principals, folder: Path = STATIC) -> None:
        self.principals = principals
        self.folder = folder
        self.files: dict[str, File] = {}
        self.stamp = 0.0
        self.read()

    def read(self) -> None:
        """Read the folder again if the page in it is another one than before."""
        index = self.folder / "index.html"
        stamp = index.stat().st_mtime if index.is_file() else 0.0
        if stamp == self.stamp:
            return
        self.stamp = stamp
        found = (path for path in self.folder.rglob("*") if path.is_file())
        self.files = {
            path.relative_to(self.folder).as_posix(): File(path.read_bytes(), media_type(path.name))
            for path in found
        }

    @property
    def build(self) -> str:
        """Name this build of the page by its entry script, whose name carries a hash of what is in it."""
        index = self.files.get("index.html")
        script = re.search(rb'src="/assets/([\w.-]+)\.js"', index.content) if index else None
        return script[1].decode() if script else ""

    def routes(self) -> list[Route]:
        """List the routes of the page."""
        pages = [Route(path, self.page, methods=["GET"], include_in_schema=False) for path in PAGES]
        return [
            *pages,
            Route("/assets/{file}", self.asset, methods=["GET"], include_in_schema=False),
            Route("/favicon.svg", self.icon, methods=["GET"], include_in_schema=False),
        ]

    async def page(self, request: Request) -> Response:
        """Answer with the page. Opening it on this computer, or with the link, signs it in."""
        key = request.query_params.get("key")
        link = self.principals.link
        if (
            key is not None
            and link is not None
            and hmac.compare_digest(key.encode(), link.encode())
        ):
            entered: Response = RedirectResponse(request.url.path, 303)
            self.sign_in(request, entered)
            return entered
        self.read()
        file = self.files.get("index.html")
        response = Response(
            file.content if file else UNBUILT,
            media_type="text/html; charset=utf-8",
            headers={
                "Cache-Control": "no-cache",
                "Content-Security-Policy": page_policy(request.scope),
            },
        )
        if request.state.principal is None and from_here(request.scope):
            self.sign_in(request, response)
        return response

    def sign_in(self, request: Request, response: Response) -> None:
        """Give the page its cookie."""
        response.set_cookie(
            cookie_name(request.scope),
            self.principals.sign_in(),
            httponly=True,
            samesite="strict",
            path="/",
            secure=request.url.scheme == "https",
        )

    async def asset(self, request: Request) -> Response:
        """Answer with a script, style or font: its name carries a hash, so it never changes."""
        return self.file(request, f"assets/{request.path_params['file']}", IMMUTABLE)

    async def icon(self, request: Request) -> Response:
        """Answer with the icon."""
        return self.file(request, "favicon.svg", "public, max-age=86400")

    def file(self, request: Request, name: str, caching: str) -> Response:
        """Answer with a file from the list."""
        file = self.files.get(name)
        if file is None:
            raise Refusal("not-found")
        headers = {"Cache-Control": caching, "Content-Security-Policy": page_policy(request.scope)}
        return Response(file.content, media_type=file.media_type, headers=headers)


def media_type(name: str) -> str:
    """Say what kind of file this is, by its name."""
    return {".js": "text/javascript", ".woff2": "font/woff2"}.get(
        Path(name).suffix, mimetypes.guess_type(name)[0] or "application/octet-stream"
    )
