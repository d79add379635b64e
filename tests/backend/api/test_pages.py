"""The page is served from a fixed list of files, whatever is asked for."""

from pathlib import Path

import pytest

from neurarium.api.pages import Pages, media_type
from tests.backend.api.house import House

INDEX = '<script type="module" crossorigin src="/assets/index-Ab1_-c.js"></script>'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A page as Vite writes it, and a secret beside it."""
    static = tmp_path / "static"
    (static / "assets").mkdir(parents=True)
    (static / "index.html").write_text(INDEX)
    (static / "favicon.svg").write_text("<svg/>")
    for name in ("index-Ab1_-c.js", "style-9.css", "inter.woff2", "app.wasm"):
        (static / "assets" / name).write_text(name)
    (tmp_path / "token").write_text("secret")
    return static


@pytest.fixture
def served(house: House, folder: Path) -> House:
    pages: Pages = house.app.state.pages
    pages.folder = folder
    pages.read()
    return house


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/b/abcd",
        "/b/mlp-circles~k3f9?step=448&lens=unit",
        "/models",
        "/runs",
        "/compare?runs=a,b",
        "/docs",
    ],
)
def test_every_address_of_the_page_is_the_page(served: House, path: str) -> None:
    answer = served.client(None).get(path)
    assert (answer.status_code, answer.text) == (200, INDEX)
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["cache-control"] == "no-cache"
    head = served.client(None).head(path)
    assert (head.status_code, head.content) == (200, b"")


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("index-Ab1_-c.js", "text/javascript"),
        ("style-9.css", "text/css"),
        ("inter.woff2", "font/woff2"),
        ("app.wasm", "application/wasm"),
    ],
)
def test_assets_never_change(served: House, name: str, kind: str) -> None:
    answer = served.client(None).get(f"/assets/{name}")
    assert answer.text == name
    assert answer.headers["content-type"].partition(";")[0] == kind
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"


@pytest.mark.parametrize(
    "path",
    [
        "/assets/../../token",
        "/assets/..%2f..%2ftoken",
        "/assets/%2e%2e%2f%2e%2e%2ftoken",
        "/assets/..%252f..%252ftoken",
        "/assets/..\\..\\token",
        "/assets/%00",
        "/assets/index-Ab1_-c.js%00",
        "/assets/index-Ab1_-c.js/",
        "/assets/INDEX-AB1_-C.JS",
        "/assets//etc/passwd",
        "/static/index.html",
        "/index.html",
        "/token",
    ],
)
def test_nothing_else_is_served(served: House, path: str) -> None:
    answer = served.client(None).get(path)
    assert answer.status_code == 404
    assert "secret" not in answer.text


def test_a_page_that_is_built_anew_is_read_anew(served: House, folder: Path) -> None:
    pages: Pages = served.app.state.pages
    assert pages.build == "index-Ab1_-c"
    (folder / "assets/index-new.js").write_text("new")
    (folder / "index.html").write_text(INDEX.replace("Ab1_-c", "new"))
    pages.stamp -= 1
    assert "index-new" in served.client(None).get("/").text
    assert served.client(None).get("/assets/index-new.js").text == "new"
    assert pages.build == "index-new"


def test_without_a_build_the_page_says_what_to_do(house: House, tmp_path: Path) -> None:
    pages: Pages = house.app.state.pages
    pages.folder = tmp_path / "nowhere"
    pages.read()
    answer = house.client(None).get("/")
    assert answer.status_code == 200
    assert "make build" in answer.text
    assert pages.build == ""
    assert house.client(None).get("/favicon.svg").status_code == 404


def test_what_nobody_knows_is_just_bytes() -> None:
    assert media_type("x.unheard-of") == "application/octet-stream"
