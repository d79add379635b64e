"""What a word of the recipe offers: other rates, other seeds, and speed by the size of the batch, on copies."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.desk import until, visit, word
from tests.e2e.script import Script

LONG = 60_000
"""Milliseconds: copies train between the turns of everything else."""


@pytest.mark.slow
def test_sixteen_rates_are_tried_and_one_is_kept(page: Page, script: Script) -> None:
    run = script.trained("mlp-circles", 30)
    visit(page, f"{script.address}/b/{run}")
    word(page, "Learning rate").click()
    page.get_by_role("button", name="Try 16 rates").click()
    sheet = page.get_by_role("dialog", name="Learning rates side by side")
    sheet.get_by_role("button", name="50", exact=True).click()
    expect(sheet).to_contain_text("step 50 of 50", timeout=LONG)
    points = sheet.get_by_role("group", name="learning rate η").get_by_role("button")
    expect(points).to_have_count(16)
    expect(sheet).to_contain_text(re.compile(r"After 50 steps η = \S+ comes lowest"))
    assert script.run(run)["step"] == 30

    points.nth(11).click()
    name = points.nth(11).get_attribute("aria-label") or ""
    rate = float(re.findall(r"η ([\d.]+)", name)[0].rstrip("."))
    sheet.get_by_role("button", name="Take η").click()
    until(page, lambda: script.job(run)["optimizer"]["lr"] == rate)


@pytest.mark.slow
def test_seeds_spread_and_one_begins_a_run(page: Page, script: Script) -> None:
    run = script.trained("mlp-circles", 10)
    visit(page, f"{script.address}/b/{run}")
    word(page, "Seed").click()
    page.get_by_role("button", name="16 seeds").click()
    sheet = page.get_by_role("dialog", name="Seeds side by side")
    sheet.get_by_role("button", name="50", exact=True).click()
    expect(sheet).to_contain_text("After 50 steps the seeds come to losses from", timeout=LONG)
    sheet.get_by_role("button", name="seed 7:").click()
    sheet.get_by_role("button", name="New run from seed 7").click()
    page.wait_for_url(lambda address: run not in address)
    until(page, lambda: script.job(page.url.split("/b/")[1][:12])["seed"] == 7)


@pytest.mark.slow
def test_speed_depends_on_the_size_of_the_batch(page: Page, script: Script) -> None:
    run = script.trained("mlp-circles", 10)
    visit(page, f"{script.address}/b/{run}")
    word(page, "Examples in a minibatch").click()
    page.get_by_role("button", name="How does speed depend on batch size?").click()
    sheet = page.get_by_role("dialog", name="Speed by batch size")
    expect(sheet).to_contain_text(
        re.compile(r"64 at a time is [\d.]+ times faster per example"), timeout=LONG
    )
    expect(sheet.get_by_role("img")).to_contain_text("CPU, reference")
    expect(sheet).to_contain_text(re.compile(r"trains? this run: [\d.]+ times the reference"))
    page.keyboard.press("Escape")
    expect(sheet).to_be_hidden()
    assert script.run(run)["step"] == 10
