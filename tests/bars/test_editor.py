"""The editor with 200 nodes: drawn soon, as a graph and as a stack, and never in the way of the pointer."""

from typing import Any

import pytest
from playwright.sync_api import sync_playwright

from tests.bars.table import Table
from tests.bars.thread import Watch, place_of
from tests.e2e.conftest import listen_for_trouble
from tests.e2e.desk import until
from tests.e2e.script import Script
from tests.e2e.service import launch

pytestmark = [pytest.mark.bars, pytest.mark.timeout(300)]

SUBJECT = "editor"
BAR = 5
NODES = 200
COUNT = """() => {
  window.frames_seen = [];
  const count = (now) => { window.frames_seen.push(now); window.counting = requestAnimationFrame(count); };
  window.counting = requestAnimationFrame(count);
}"""
COUNTED = "(cancelAnimationFrame(window.counting), window.frames_seen)"


def branching(count: int) -> dict[str, Any]:
    """Three ways that are joined, again and again."""
    nodes: list[dict[str, Any]] = []
    last = "x"
    while len(nodes) < count - 1:
        number = len(nodes) // 5 + 1
        names = [f"linear{number}_{branch}" for branch in range(3)]
        nodes += [
            {"id": name, "layer": {"kind": "Linear", "out_features": 4}, "inputs": [last]}
            for name in names
        ]
        nodes.append({"id": f"concat{number}", "layer": {"kind": "Concat"}, "inputs": names})
        last = f"relu{number}"
        nodes.append({"id": last, "layer": {"kind": "ReLU"}, "inputs": [f"concat{number}"]})
    nodes = nodes[: count - 1]
    layer = {"kind": "Linear", "out_features": 1}
    nodes.append({"id": "output", "layer": layer, "inputs": [nodes[-1]["id"]]})
    inputs = {"x": {"axes": ["D"], "shape": [2]}}
    return {"version": 1, "inputs": inputs, "nodes": nodes, "outputs": {"y": "output"}}


def test_200_nodes_are_placed_tidied_and_dragged_in_time(script: Script, table: Table) -> None:
    with sync_playwright() as playwright, launch(playwright) as browser:
        run = script.create("mlp-circles", graph=branching(NODES))
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        trouble = listen_for_trouble(page)
        page.goto(f"{script.address}/b/{run}?edit=1")
        graph = place_of(page.get_by_role("button", name="Graph", exact=True))
        watch = Watch(table, page, BAR, SUBJECT)
        opened(watch, graph)
        fit = place_of(page.get_by_role("button", name="Fit", exact=True))
        with watch.held(f"{NODES} nodes, all of them in view"):
            page.mouse.click(*fit)
        dragged(watch)
        assert not trouble
        watch.close()


def test_a_stack_of_200_rows_holds_nothing_up(script: Script, table: Table) -> None:
    with sync_playwright() as playwright, launch(playwright) as browser:
        run = script.create("mlp-circles", graph=branching(NODES))
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        trouble = listen_for_trouble(page)
        page.goto(f"{script.address}/b/{run}?edit=1&layout=graph")
        spine = place_of(page.get_by_role("button", name="Spine", exact=True))
        rows = page.locator(
            "[data-row] [data-path]"
        )  # by its role it is sought for longer than it is drawn
        watch = Watch(table, page, BAR, SUBJECT)
        with watch.held(f"a stack of {NODES} rows, opened"):
            page.mouse.click(*spine)
            until(page, lambda: rows.count() == NODES, 30)
        relu = place_of(rows.nth(4))
        with watch.held(f"a stack of {NODES} rows, one chosen"):
            page.mouse.click(*relu)
        with watch.held(f"a stack of {NODES} rows, one doubled"):
            page.keyboard.press("w")
            until(page, lambda: rows.count() == NODES + 1, 30)
        assert not trouble
        watch.close()


def opened(watch: Watch, graph: tuple[float, float]) -> None:
    """Open the canvas: how soon all is placed and tidied."""
    page = watch.page
    what = f"{NODES} nodes, opened"
    mark = "performance.getEntriesByName('{}')[0]?.startTime ?? 0"
    with watch.held(what):
        page.evaluate("performance.mark('opened')")
        page.mouse.click(*graph)
        until(page, lambda: bool(page.evaluate(mark.format("canvas-tidied"))), 30)
    begun, placed, tidied = (
        float(page.evaluate(mark.format(name)))
        for name in ("opened", "canvas-placed", "canvas-tidied")
    )
    first = placed - begun
    watch.hold(f"{what}: placed", f"{first:.0f} ms", "at most 500 ms", met=first <= 500)
    then = tidied - placed
    watch.hold(f"{what}: tidied", f"{then:.0f} ms", "at most 3 s", met=then <= 3000)


def dragged(watch: Watch) -> None:
    """Drag a card among all the others."""
    page = watch.page
    x, y = place_of(page.locator('[data-face="linear1_0"]'))
    what = f"{NODES} nodes, one dragged"
    with watch.held(what):
        page.mouse.move(x, y)
        page.mouse.down()
        page.evaluate(COUNT)
        for step in range(120):
            page.mouse.move(x + 3 * step, y + 4 * (step % 20))
        frames = page.evaluate(COUNTED)
        page.mouse.up()
    rate = 1000 * (len(frames) - 1) / (frames[-1] - frames[0])
    watch.hold(what, f"{rate:.0f} frames/s", "at least 45 frames/s", met=rate >= 45)
