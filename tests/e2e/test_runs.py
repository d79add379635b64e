"""The list of one's runs: what sets each apart, what can be done to it, and the way to a comparison."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.desk import PATIENCE, comes, until
from tests.e2e.script import Script


def row(page: Page, run: str) -> Locator:
    return page.locator(f"tr[data-run='{run}']")


def forked(script: Script, run: str, **changes: float) -> str:
    """A fork with other numbers; `__` stands for the dot."""
    fork = str(script.post(f"/runs/{run}/fork", {})["id"])
    patch = {name.replace("__", "."): value for name, value in changes.items()}
    assert script.http.patch(f"/runs/{fork}", json=patch).is_success
    return fork


@pytest.mark.slow
def test_every_run_is_a_row_and_a_fork_is_called_by_its_change(page: Page, script: Script) -> None:
    run = script.trained("mlp-circles", 40)
    fork = forked(script, run, optimizer__lr=0.31)
    page.goto(f"{script.address}/runs")
    comes(row(page, run))
    expect(row(page, run)).to_contain_text("Train a 2 – 4 – 4 – 1 tanh net on circles")
    expect(row(page, run)).to_contain_text("40")
    expect(row(page, run)).to_contain_text("paused")
    expect(row(page, fork).get_by_role("link")).to_have_text(
        re.compile(r"η 0\.2 → 0\.31 from step 40")
    )
    row(page, fork).get_by_role("link").click()
    page.wait_for_url(f"**/b/{fork}*")
    expect(page.get_by_role("button", name="Models")).to_contain_text("η 0.2 → 0.31 from step 40")


@pytest.mark.slow
def test_a_run_is_trained_paused_forked_and_deleted_from_the_list(
    page: Page, script: Script
) -> None:
    run = script.create("mlp-xor", steps=5_000_000)
    page.goto(f"{script.address}/runs")
    row(page, run).get_by_role("button", name="Train").click()
    expect(row(page, run)).to_contain_text("trains")
    until(page, lambda: script.run(run)["step"] > 0)
    row(page, run).get_by_role("button", name="Pause").click()
    expect(row(page, run)).to_contain_text("paused")

    row(page, run).get_by_role("button", name="Fork").click()
    expect(page.locator("tbody tr").first).to_contain_text("fork at step")

    row(page, run).get_by_role("button", name="Delete").click()
    page.get_by_role("button", name="Keep it").click()
    expect(row(page, run)).to_be_visible()
    row(page, run).get_by_role("button", name="Delete").click()
    page.get_by_role("button", name="Delete it").click()
    expect(row(page, run)).to_have_count(0)
    assert script.http.get(f"/runs/{run}").status_code == 404


def test_keys_move_tick_and_compare(page: Page, script: Script) -> None:
    older, newer = script.create("mlp-xor"), script.create("mlp-xor")
    page.goto(f"{script.address}/runs")
    comes(row(page, older))
    page.keyboard.press("ArrowDown")
    expect(row(page, newer).get_by_role("link")).to_be_focused()
    page.keyboard.press("x")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("x")
    expect(row(page, older).get_by_role("checkbox")).to_be_checked()
    page.keyboard.press("c")
    page.wait_for_url(f"**/compare?runs={older},{newer}")
    expect(page.get_by_role("heading", level=1)).to_contain_text(
        "The recipes are the same", timeout=PATIENCE * 1000
    )


def test_the_palette_leads_to_the_list(page: Page, script: Script) -> None:
    run = script.create("mlp-xor")
    page.goto(f"{script.address}/b/{run}")
    comes(page.get_by_role("region", name="Clock", exact=True))
    page.keyboard.press("Control+k")
    page.get_by_role("combobox", name="Find a layer, view or model").fill("open runs")
    page.keyboard.press("Enter")
    page.wait_for_url("**/runs")
    expect(row(page, run)).to_be_visible()
