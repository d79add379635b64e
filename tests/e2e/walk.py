"""The graph of a run on the page, and its debugger."""

from playwright.sync_api import Locator, Page

from tests.e2e.desk import comes, until
from tests.e2e.script import Script


def opened(page: Page, script: Script, run: str, query: str = "") -> None:
    page.goto(f"{script.address}/b/{run}?layout=graph{query}")
    comes(track(page))
    comes(algebra(page).get_by_role("listitem").first)


def track(page: Page) -> Locator:
    return page.get_by_role("slider", name="Operation of this step")


def algebra(page: Page) -> Locator:
    return page.get_by_role("list", name="The step as lines of algebra")


def place(page: Page) -> int:
    return int(track(page).get_attribute("aria-valuenow") or -1)


def press(page: Page, key: str, to: int) -> None:
    page.keyboard.press(key)
    until(page, lambda: place(page) == to, said=f"{key} does not lead to {to}")
