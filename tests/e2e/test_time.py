"""One place in time is one picture: scrubbing, loading again, a second browser, a cut line."""

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.conftest import DESKTOP
from tests.e2e.desk import (
    becomes,
    rest_pointer,
    shown_step,
    slider,
    still,
    until,
    visit,
    zone,
)
from tests.e2e.line import Overheard, cable
from tests.e2e.script import Script

LOST = "Training goes on at the server; this page will catch up."


@pytest.mark.slow
def test_scrubbing_to_the_start_and_back_is_the_same_picture(page: Page, script: Script) -> None:
    run = script.trained("mlp-circles", 400)
    visit(page, f"{script.address}/b/{run}?node=hidden2.1&lens=arithmetic")
    rest_pointer(page)
    page.mouse.wheel(0, 0)
    end = still(page)

    slider(page).focus()
    page.keyboard.press("Home")
    until(page, lambda: shown_step(page) == 0)
    still(page)
    first = zone(page, "Lens").get_by_label("Weight from hidden 1 · unit 1 to hidden 2 · unit 1")
    shown = float(first.get_attribute("aria-valuenow") or "nan")
    true = script.weights(run, "hidden2.weight", step=0)[0][0]
    assert abs(shown - true) < 1e-3
    assert abs(shown - script.weights(run, "hidden2.weight")[0][0]) > 1e-3

    page.keyboard.press("End")
    until(page, lambda: shown_step(page) == 400)
    page.evaluate("document.activeElement.blur()")
    becomes(page, end)


@pytest.mark.slow
def test_numbers_at_a_past_step_are_the_servers_at_that_step(page: Page, script: Script) -> None:
    run = script.trained("mlp-circles", 400)
    loss = dict(zip(*script.points_of(run, "validation_loss"), strict=True))
    past = next(step for step in script.run(run)["snapshots"] if 0 < step < 400 and step in loss)
    visit(page, f"{script.address}/b/{run}?step={past}&ex=6")
    until(page, lambda: shown_step(page) == past)
    wrong = script.probe(run, "answer", step=past)["details"]["validation_wrong"]
    expect(zone(page, "Answer")).to_contain_text(f"{wrong} of 80 wrong")
    expect(zone(page, "Clock")).to_contain_text(f"{loss[past]:.4g}")


@pytest.mark.slow
def test_loading_again_in_mid_run_loses_nothing(page: Page, script: Script) -> None:
    run = script.create("mlp-circles", steps=50_000)
    heard = Overheard(page)
    visit(page, f"{script.address}/b/{run}")
    script.play(run, pace=200)
    until(page, lambda: shown_step(page) > 100)

    heard.received.clear()
    page.reload()
    until(page, lambda: shown_step(page) > 200)
    stopped = script.pause(run)
    until(page, lambda: shown_step(page) == stopped)

    assert run in page.url
    assert script.points_of(run, "loss")[0] == list(range(1, stopped + 1))
    assert slider(page).get_attribute("aria-valuemin") == "0"
    # To the pixel what a browser shows that was not there: the curves have no hole.
    rest_pointer(page)
    seen = still(page)
    page.reload()
    becomes(page, seen)


@pytest.mark.slow
def test_the_address_shows_the_same_in_a_second_browser(
    browser: Browser, page: Page, script: Script
) -> None:
    run = script.trained("mlp-circles", 300)
    address = (
        f"{script.address}/b/{run}?step={script.run(run)['snapshots'][3]}&ex=17&node=hidden1.3"
    )
    visit(page, address)
    page.get_by_role("tab", name="Hidden space").click()
    rest_pointer(page)
    page.evaluate("document.activeElement.blur()")
    seen = still(page)
    with browser.new_context(viewport=DESKTOP) as context:
        other = context.new_page()
        visit(other, page.url)
        becomes(other, seen)


@pytest.mark.slow
def test_a_cut_line_keeps_the_picture_says_so_and_catches_up(
    browser: Browser, script: Script
) -> None:
    run = script.create("mlp-circles", steps=50_000)
    with cable(script.address) as line, browser.new_context(viewport=DESKTOP) as context:
        page = context.new_page()
        heard = Overheard(page)
        visit(page, f"{line.address}/b/{run}")
        script.play(run, pace=50)
        until(page, lambda: shown_step(page) > 20)

        line.cut()
        expect(page.get_by_role("alert")).to_contain_text(LOST, timeout=5000)
        kept = shown_step(page)
        assert kept > 0
        expect(page.get_by_role("img", name="The answer over the plane")).to_be_visible()
        script.until(lambda: script.run(run)["step"] > kept + 20)

        line.mend()
        caught_up = page.get_by_role("status").filter(has_text="Caught up,")
        expect(caught_up).to_be_visible(timeout=8000)
        until(page, lambda: shown_step(page) > kept + 20)
        stopped = script.pause(run)
        until(page, lambda: shown_step(page) == stopped)
        log = [
            message["seq"]
            for _, message in heard.received
            if message["type"] in {"metrics", "event"}
        ]
        assert log == list(range(log[0], log[0] + len(log)))  # no gap, nothing twice
        assert not heard.said("reset")
