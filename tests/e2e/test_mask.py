"""What dropout left out is seen: the mask of the very step that was taken, for the pinned example."""

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.desk import until, visit, zone
from tests.e2e.script import Script


def node(name: str, kind: str, source: str, **settings: Any) -> dict[str, Any]:
    return {"id": name, "layer": {"kind": kind, **settings}, "inputs": [source]}


DROPPING: dict[str, Any] = {
    "inputs": {"x": {"axes": ["D"], "shape": [2]}},
    "nodes": [
        node("hidden", "Linear", "x", out_features=8),
        node("bend", "Tanh", "hidden"),
        node("drop", "Dropout", "bend", p=0.5),
        node("output", "Linear", "drop", out_features=1),
        node("answer", "Tanh", "output"),
    ],
    "outputs": {"y": "answer"},
}


@pytest.mark.slow
def test_what_dropout_left_out_in_the_last_step_is_seen(page: Page, script: Script) -> None:
    run = script.trained("mlp-circles", 30, graph=DROPPING)
    pinned = script.numbers(run, "batch", "id")[2]
    visit(page, f"{script.address}/b/{run}?node=hidden.1&lens=mask&ex={pinned}")
    lens = zone(page, "Lens")

    def mask() -> list[int]:
        found: list[int] = script.numbers(run, "mask", "mask", node="hidden", example=pinned)
        return found

    first = mask()
    expect(lens.get_by_role("tab", name="Dropout")).to_have_attribute("aria-selected", "true")
    off = first.count(0)
    expect(lens).to_contain_text(f"left {off} of 8 numbers of example #{pinned} out")
    picture = lens.get_by_role("img", name=f"What dropout left out in the last step: {off} of 8")
    expect(picture).to_be_visible()
    before = picture.screenshot()

    def steps_on() -> bool:
        script.post(f"/runs/{run}/step", {"count": 1})
        script.until(lambda: script.run(run)["state"] == "paused")
        return mask() != first

    script.until(steps_on)
    expect(lens).to_contain_text(re.compile(rf"left {mask().count(0)} of 8 numbers"))
    until(page, lambda: lens.get_by_role("img", name=re.compile("dropout")).screenshot() != before)
