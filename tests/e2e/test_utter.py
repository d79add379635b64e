"""A sentence of one's own is said, and a row of attention is taken over by hand; held against what REST says."""

import re
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.e2e.conftest import DESKTOP, listen_for_trouble
from tests.e2e.desk import zone
from tests.e2e.script import Document, Script
from tests.e2e.test_sequences import PATIENT, SAMPLES, STEPS, named

SENTENCE = "the dog has found a letter"
NODE = "decoder"
"""The layer of attention; it has one head."""
PLACE = 1
"""The word whose row is taken over, counted from 0."""


def say(script: Script, run: str, **wish: Any) -> Document:
    return script.post(f"/runs/{run}/generate", wish)


def words(told: Document) -> list[str]:
    return [named(word) for word in told["said"]["words"]]


def expect_words(line: Locator, said: list[str]) -> None:
    """These words stand there one after the other, whatever is between them."""
    text = r"\s*".join(map(re.escape, said))
    expect(line).to_have_text(re.compile(rf"^\s*{text}\s*$"), timeout=PATIENT)


def expect_own_sentence(page: Page, script: Script, run: str, pinned: Document) -> None:
    answer = zone(page, "Answer")
    field = answer.get_by_role("searchbox", name="A sentence of your own")
    spoken = answer.get_by_role("slider", name=re.compile("Words that the network says"))
    complaint = answer.get_by_role("status")
    field.fill("the dog has found a zqx")
    expect(complaint).to_contain_text("`zqx` is not known.", timeout=PATIENT)
    expect(field).to_have_attribute("aria-invalid", "true")

    field.fill(SENTENCE)
    expect_words(spoken, words(say(script, run, text=SENTENCE)))
    expect(complaint).to_have_count(0)
    answer.get_by_label("How words are chosen").select_option("sample")
    for seed in range(2):
        expect_words(spoken, words(say(script, run, text=SENTENCE, method="sample", seed=seed)))
        answer.get_by_role("button", name="draw again").click()
    answer.get_by_label("How words are chosen").select_option("greedy")
    field.press("Escape")
    expect_words(spoken, words(pinned))


def expect_row_by_hand(page: Page, script: Script, run: str, example: int) -> None:
    plain = say(script, run, example=example, attention=[NODE])
    keys = len(plain["attention"][0]["weights"][0][PLACE])
    lens = zone(page, "Lens")
    lens.get_by_role("button", name="overwrite this row").click()
    hand = lens.get_by_role("group", name="A row of attention by hand")
    row = hand.get_by_role("slider")
    row.press("Home")
    for _ in range(PLACE):
        row.press("ArrowDown")
    expect(row).to_have_attribute("aria-valuenow", str(PLACE + 1), timeout=PATIENT)
    others = 0
    for column in range(keys):
        weights = [float(each == column) for each in range(keys)]
        by_hand = {"node": NODE, "head": 0, "place": PLACE, "weights": weights}
        changed = words(say(script, run, example=example, overwrite=[by_hand]))
        row.press("Enter")
        expect(row).to_have_attribute("aria-valuetext", re.compile(r" 1\.0000$"), timeout=PATIENT)
        expect_words(hand.locator("dd[data-line=changed]"), changed)
        expect_words(hand.locator("dd[data-line=plain]"), words(plain))
        assert changed[:PLACE] == words(plain)[:PLACE]
        others += changed != words(plain)
        row.press("ArrowRight")
    assert others, "no cell changes a word: nothing was seen of what a row does"
    row.press("5")
    expect(row).to_have_attribute("aria-valuetext", re.compile(r" 0\.5000$"), timeout=PATIENT)
    hand.get_by_role("button", name="Give back").click()
    matrix = lens.get_by_role("slider", name=re.compile("Which words look"))
    expect(matrix).to_be_visible(timeout=PATIENT)
    assert say(script, run, example=example, attention=[NODE]) == plain


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_own_sentences_are_said_and_attention_is_taken_over(
    browser: Browser, script: Script
) -> None:
    run = script.trained("translation-attention", STEPS, dataset__samples=SAMPLES)
    held = script.numbers(run, "data", "held_out").index(1)
    example = script.numbers(run, "data", "id")[held]
    with browser.new_context(viewport=DESKTOP) as context:
        page = context.new_page()
        troubles = listen_for_trouble(page)
        page.goto(f"{script.address}/b/{run}?lens=attention&ex={example}")
        expect_own_sentence(page, script, run, say(script, run, example=example))
        expect_row_by_hand(page, script, run, example)
        # The browser tells of every refusal; there is one, of the word that is not known.
        assert [re.sub(r".*status of (\d+).*", r"\1", each) for each in troubles] == ["422"]
