"""Two runs beside each other: the words that differ, what came of them, and where they disagree."""

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e import eye
from tests.e2e.desk import PATIENCE, comes, visit
from tests.e2e.script import Script
from tests.e2e.test_runs import forked


@pytest.fixture(scope="module")
def pair(script: Script) -> tuple[str, str]:
    """A run, and a fork of it with another rate, both some steps further."""
    run = script.trained("mlp-circles", 100)
    fork = forked(script, run, optimizer__lr=1.0)
    for each in (run, fork):
        script.post(f"/runs/{each}/step", {"count": 100})
        script.until(lambda each=each: script.stands(each, 200))  # type: ignore[misc]
    return run, fork


def test_the_differing_word_and_what_came_of_it(
    page: Page, script: Script, pair: tuple[str, str]
) -> None:
    page.goto(f"{script.address}/compare?runs={','.join(pair)}")
    headline = page.get_by_role("heading", level=1)
    comes(headline)
    expect(headline).to_contain_text(
        "Run B changed one word, η 0.2 → 1, and", timeout=PATIENCE * 1000
    )
    losses = [script.run(run)["latest"]["validation_loss"] for run in pair]
    said = re.findall(r"0\.\d+", headline.inner_text().partition("by step")[2])
    if said:  # no spike: the held-out losses of both, B's first
        assert [float(text) for text in said] == pytest.approx(losses[::-1], rel=1e-3)
    beside = page.get_by_role("region", name="Recipes").locator(".one")
    expect(beside).to_have_text([re.compile(r"0\.2"), re.compile("1")])


@pytest.mark.slow
def test_the_same_example_and_where_they_disagree(
    page: Page, script: Script, pair: tuple[str, str]
) -> None:
    page.goto(f"{script.address}/compare?runs={','.join(pair)}")
    one, other = (script.numbers(run, "answer", "answer") for run in pair)
    ids = script.numbers(pair[0], "data", "id")
    apart = {
        point: min(abs(a), abs(b))
        for point, a, b in zip(ids, one, other, strict=True)
        if (a > 0) != (b > 0)
    }
    found = page.get_by_role("region", name="Where they disagree")
    expect(found).to_contain_text(f"on {len(apart)} of {len(ids)}", timeout=PATIENCE * 1000)
    rows = found.get_by_role("button")
    surest = max(apart, key=lambda point: apart[point])
    expect(rows.first).to_have_accessible_name(f"Follow example {surest}")
    rows.nth(1).click()
    pinned = page.url.partition("ex=")[2]
    expect(page.get_by_role("region", name="The same example")).to_contain_text(f"#{pinned}")
    answer = other[ids.index(int(pinned))]
    shown = f"{abs(answer):.4g}".replace("-", "−")
    expect(page.get_by_role("region", name="The same example")).to_contain_text(shown[:5])


def test_curves_are_aligned_by_what_is_chosen(
    page: Page, script: Script, pair: tuple[str, str]
) -> None:
    page.goto(f"{script.address}/compare?runs={','.join(pair)}")
    chart = page.get_by_role("img", name=re.compile("Loss of 2 runs over step"))
    comes(chart)
    page.get_by_role("button", name="examples", exact=True).click()
    expect(page.get_by_role("img", name=re.compile("over examples"))).to_be_visible()
    assert "align=examples" in page.url


@pytest.mark.slow
def test_a_key_of_the_workbench_opens_it_with_the_parent(
    page: Page, script: Script, pair: tuple[str, str]
) -> None:
    visit(page, f"{script.address}/b/{pair[1]}")
    page.keyboard.press("c")
    page.wait_for_url(f"**/compare?runs={','.join(pair)}*")


def test_without_a_second_run_it_asks_which(
    page: Page, script: Script, pair: tuple[str, str]
) -> None:
    page.goto(f"{script.address}/compare?runs={pair[0]}")
    page.get_by_role("button", name=re.compile(r"η 0\.2 → 1 from step 100")).click()
    page.wait_for_url(f"**/compare?runs={','.join(pair)}")


def test_a_run_that_is_gone_is_said_to_be(
    browser: Browser, script: Script, pair: tuple[str, str]
) -> None:
    with browser.new_context() as context:  # whose console may speak of what was not found
        page = context.new_page()
        page.goto(f"{script.address}/compare?runs={pair[0]},abcd1234")
        expect(page.get_by_role("main")).to_contain_text("cannot be found")


def test_a_phone_stacks_it(browser: Browser, script: Script, pair: tuple[str, str]) -> None:
    with browser.new_context(
        viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True
    ) as context:
        page = context.new_page()
        for screen in ("runs", f"compare?runs={','.join(pair)}"):
            page.goto(f"{script.address}/{screen}")
            comes(page.locator("h1"))
            assert page.evaluate("document.documentElement.scrollWidth") <= 390
            assert page.evaluate(eye.SMALL_TEXTS, 12) == []
