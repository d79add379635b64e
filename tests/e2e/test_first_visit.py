"""A person opens the page for the first time and does nothing."""

from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.e2e.conftest import DESKTOP, listen_for_trouble
from tests.e2e.desk import ZONES, shown_step, until, zone
from tests.e2e.script import Script

# Looks at the picture of the answer and at the step, and notes when both have changed.
WATCH = """
    window.seen = { loaded: null, first: null, changed: null };
    addEventListener('load', () => (seen.loaded = performance.now()));
    const look = () => {
        const canvas = document.querySelector('canvas[aria-label="The answer over the plane"]');
        const clock = document.querySelector('[role="slider"][aria-label="Step"]');
        if (canvas?.width && clock && seen.loaded !== null) {
            const now = { pixels: canvas.toDataURL(), step: clock.ariaValueNow };
            seen.first ??= now;
            if (now.pixels !== seen.first.pixels && now.step !== seen.first.step)
                return (seen.changed = performance.now());
        }
        setTimeout(look, 25);
    };
    look();
"""


def test_something_that_learns_has_changed_when_nothing_was_done(
    page: Page, script: Script
) -> None:
    foreign: list[str] = []

    def gate(route: Route) -> None:
        if urlsplit(route.request.url).netloc == urlsplit(script.address).netloc:
            route.continue_()
        else:
            foreign.append(route.request.url)
            route.abort()

    page.context.route("**/*", gate)

    page.add_init_script(WATCH)
    page.goto(script.address)
    until(page, lambda: page.evaluate("seen.changed !== null"))

    for name in ZONES:
        expect(zone(page, name)).to_be_visible()
    assert foreign == []


@pytest.mark.bars
def test_it_has_changed_two_seconds_after_loading(page: Page, script: Script) -> None:
    page.add_init_script(WATCH)
    page.goto(script.address)
    until(page, lambda: page.evaluate("seen.changed !== null"))
    seen = page.evaluate("seen")
    assert seen["changed"] - seen["loaded"] < 2000


def test_all_first_visits_share_one_run(browser: Browser, page: Page, script: Script) -> None:
    page.goto(f"{script.address}/")
    page.wait_for_url("**/b/*")
    with browser.new_context(viewport=DESKTOP) as other:
        second = other.new_page()
        second.goto(f"{script.address}/")
        second.wait_for_url("**/b/*")
        assert second.url == page.url


@pytest.mark.slow
def test_under_reduced_motion_nothing_starts_and_little_is_redrawn(
    browser: Browser, script: Script
) -> None:
    with browser.new_context(viewport=DESKTOP, reduced_motion="reduce") as context:
        page = context.new_page()
        troubles = listen_for_trouble(page)
        page.goto(script.address)
        zone(page, "Clock").wait_for()
        assert shown_step(page) == 0

        page.get_by_role("button", name="Train", exact=True).or_(
            page.get_by_role("button", name="Play", exact=True)
        ).click()
        until(page, lambda: shown_step(page) > 0)
        pictures = page.evaluate("""async () => {
            const seen = [];
            const end = performance.now() + 3000;
            while (performance.now() < end) {
                await new Promise(requestAnimationFrame);
                const pixels = document.querySelector('canvas[aria-label="The answer over the plane"]').toDataURL();
                if (seen.at(-1) !== pixels) seen.push(pixels);
            }
            return seen.length;
        }""")
        assert 1 < pictures <= 5  # the first, one a second, and one at each end
        assert troubles == []
