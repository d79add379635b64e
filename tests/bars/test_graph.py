"""The graph of a deep network: on screen soon after its document, and never in the way of the pointer as it unfolds."""

from typing import Any

import pytest
from playwright.sync_api import Locator, Page, sync_playwright

from tests.backend.capture.steps import transformer
from tests.bars.table import Table
from tests.bars.thread import Watch
from tests.e2e.conftest import listen_for_trouble
from tests.e2e.desk import until, zone
from tests.e2e.script import Script
from tests.e2e.service import launch

pytestmark = [pytest.mark.bars, pytest.mark.timeout(400)]

SUBJECT = "graph"
BAR = 3
BLOCKS = 12
SOON = 1000
"""Milliseconds from the document to the folded graph."""
MOST = 4
"""So many folds are opened, one inside and beside the other."""
COUNTED = """() => {
  window.cards_seen = [];
  const look = () => {
    const count = document.querySelectorAll('[data-tensors] [data-face]').length;
    if (window.cards_seen.at(-1)?.[1] !== count) window.cards_seen.push([performance.now(), count]);
    requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
}"""
"""Note when how many cards were on screen."""
DRAWN = """() => {
  const [tidied] = performance.getEntriesByName('backprop-tidied');
  return window.cards_seen.filter(([at]) => at < (tidied?.startTime ?? Infinity)).at(-1)[0];
}"""
"""When all that is in view was drawn where it was placed first; tidying moves it later."""
ARRIVED = """() => Math.max(...performance.getEntriesByType('resource')
  .filter(({ name }) => name.includes('/graph?')).map(({ responseEnd }) => responseEnd))"""


def deep(script: Script) -> str:
    """A Transformer of twelve blocks."""
    job: dict[str, Any] = transformer(BLOCKS).job.model_dump(mode="json")
    return script.create("lenet5", graph=job["graph"], loss=job["loss"])


@pytest.mark.parametrize(
    ("name", "trunk"), [(f"Transformer of {BLOCKS} blocks", "blocks"), ("resnet", "conv2_x")]
)
def test_a_deep_graph_is_soon_there_and_unfolds_lightly(
    name: str, trunk: str, script: Script, table: Table
) -> None:
    with sync_playwright() as playwright, launch(playwright) as browser:
        run = script.create(name) if name == "resnet" else deep(script)
        script.get(f"/runs/{run}/graph", {"extent": "minibatch"})  # captured once and for all
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        trouble = listen_for_trouble(page)
        watch = Watch(table, page, BAR, SUBJECT)
        opened(watch, f"{script.address}/b/{run}", name)
        unfolded(watch, name, trunk)
        watch.close()
        # That it is too large to be written number by number is an answer, which the console takes for a fault.
        assert [said for said in trouble if "422" not in said] == []


def cards(page: Page) -> Locator:
    return page.locator("[data-tensors] [data-face]")


def opened(watch: Watch, address: str, name: str) -> None:
    """Open the graph by its key: how soon all of it is there."""
    page = watch.page
    page.goto(address)
    zone(page, "Network").wait_for()
    page.evaluate(COUNTED)
    with watch.held(f"{name}, opened"):
        page.keyboard.press("g")
        until(page, lambda: cards(page).count() > 0, 30)
    soon = page.evaluate(DRAWN) - page.evaluate(ARRIVED)
    what = f"{name}: folded, on screen after its document"
    watch.hold(what, f"{soon:.0f} ms", f"at most {SOON} ms", met=soon <= SOON)


def unfolded(watch: Watch, name: str, trunk: str) -> None:
    """Unfold what is repeated and, one inside the other, all that is in it as far as it is in view."""
    page = watch.page
    known: set[str] = set()
    while len(known) < MOST and (
        fresh := [path for path in folds(page, trunk) if path not in known]
    ):
        known.add(fresh[0])
        page.locator(f'[data-face="{fresh[0]}"]').focus()
        with watch.held(f"{name}, {fresh[0]} unfolded"):
            page.keyboard.press("o")
    assert len(known) == MOST, f"only {known} could be unfolded"


def folds(page: Page, trunk: str) -> list[str]:
    """What is on screen and folded: the innermost first, and the trunk before all else."""
    closed = page.locator("[data-tensors] [data-face][aria-expanded=false]")
    found: list[str] = closed.evaluate_all("all => all.map((face) => face.dataset.face)")
    return sorted(found, key=lambda path: (-path.count("."), path != trunk))
