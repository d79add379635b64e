"""One server and one browser for all of these tests; a fresh profile and an honest console for each."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import (
    APIRequestContext,
    Browser,
    ConsoleMessage,
    Page,
    ViewportSize,
    expect,
    sync_playwright,
)

from tests.e2e.script import Script
from tests.e2e.service import Service, launch, service

DESKTOP: ViewportSize = {"width": 1440, "height": 900}

# Servers, networks that train and browsers share few cores: what comes may come late.
expect.set_options(timeout=20_000)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All tests of this folder drive a browser."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.e2e)


@pytest.fixture(scope="session")
def server() -> Iterator[Service]:
    with service() as running:
        yield running


# Playwright leaves an event loop running, which asynchronous tests of other folders must not meet.
@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = launch(playwright)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def script(server: Service) -> Iterator[Script]:
    made = Script(server)
    yield made
    made.http.close()


@pytest.fixture
def page(browser: Browser, server: Service) -> Iterator[Page]:
    """A page at a desk, in a browser that was never here before; nothing may go wrong on it unseen."""
    context = browser.new_context(viewport=DESKTOP)
    page = context.new_page()
    troubles = listen_for_trouble(page)
    yield page
    was_here = page.url.startswith(server.address)
    page.close()
    if was_here:
        pause_all(context.request, server.address)
    context.close()
    assert troubles == []


@pytest.fixture(scope="module")
def lent(browser: Browser) -> Iterator[tuple[Page, list[str]]]:
    """The tab that `tab` lends to one test after the other, and what went wrong on it."""
    with browser.new_context(viewport=DESKTOP) as context:
        page = context.new_page()
        yield page, listen_for_trouble(page)


@pytest.fixture
def tab(lent: tuple[Page, list[str]], server: Service) -> Iterator[Page]:
    """A page like `page`, in a tab that serves a whole file: each test is a new visitor there all the same.

    Its process is warm and knows the page's code, which is half of what a new page costs. Not for tests that
    listen to the page, stand in its way or put scripts into it: that would stay.
    """
    page, troubles = lent
    troubles.clear()
    yield page
    if page.url.startswith(server.address):
        pause_all(page.context.request, server.address)
        forget(page, server.address)
    assert troubles == []


def forget(page: Page, address: str) -> None:
    """Leave the page, and let the browser forget all but its cache."""
    page.goto(f"{address}/healthz")  # at the same address, so that the process stays
    page.evaluate("sessionStorage.clear()")
    line = page.context.new_cdp_session(page)
    line.send("Storage.clearDataForOrigin", {"origin": address, "storageTypes": "all"})
    line.detach()
    page.context.clear_cookies()
    page.context.clear_permissions()
    page.set_viewport_size(DESKTOP)
    page.mouse.move(0, 0)


def pause_all(visitor: APIRequestContext, address: str) -> None:
    """Let what a visitor has begun train no longer: the next one has the machine alone."""
    runs = f"{address}/api/v1/runs"
    for run in visitor.get(runs).json()["items"]:
        if run["state"] == "running":
            headers = {"Origin": address}
            answer = visitor.post(f"{runs}/{run['id']}/pause", data={}, headers=headers)
            assert answer.ok, answer.text()


def listen_for_trouble(page: Page) -> list[str]:
    """Gather errors of the console (breaches of the content policy among them) and of scripts."""
    troubles: list[str] = []

    def hear(message: ConsoleMessage) -> None:
        if message.type == "error":
            troubles.append(message.text)

    page.on("console", hear)
    page.on("pageerror", lambda error: troubles.append(str(error)))
    return troubles
