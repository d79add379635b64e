"""A run on sentences: its words, which of them look at which, another pair, and what the network says by itself."""

import re
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.desk import comes, zone
from tests.e2e.script import Script

NAMED = {"<bos>": "start", "<eos>": "end"}
"""Marks of a sentence as the page writes them."""
PATIENT = 20_000
"""Milliseconds: nobody hurries a machine that trains meanwhile."""
SAMPLES = 300
STEPS = 12


def named(word: str) -> str:
    return NAMED.get(word, word)


def looked_at(script: Script, run: str, example: int, row: int) -> str:
    """One row of the alignment in words, from the probe's own numbers."""
    frame = script.probe(run, "attention", example=example)
    tokens = frame["details"]["tokens"]
    weights = script.numbers(run, "attention", "weights", example=example)[0][row]
    best = max(range(len(weights)), key=weights.__getitem__)
    word, other = named(tokens["target"][row + 1]), named(tokens["source"][best])
    return f"Writing “{word}”, the network looks at “{other}” ({weights[best]:.4f})."


def expect_alignment(alignment: Locator, script: Script, run: str, example: int) -> None:
    """The words of the example are at rows and columns, and the row that is looked at says its greatest weight."""
    tokens = script.probe(run, "attention", example=example)["details"]["tokens"]
    for word in {*tokens["source"], *tokens["target"][1:]}:
        expect(alignment).to_contain_text(named(word), timeout=PATIENT)
    row = int(alignment.get_attribute("aria-valuenow") or 0) - 1
    said = looked_at(script, run, example, row)
    expect(alignment).to_have_attribute("aria-valuetext", said, timeout=PATIENT)


def own_words(script: Script, run: str, **settings: Any) -> str:
    words = script.probe(run, "decode", **settings)["details"]["own"]["words"]
    return "".join(map(named, words))


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_sentences_are_seen_word_by_word(page: Page, script: Script) -> None:
    run = script.trained("translation-attention", STEPS, dataset__samples=SAMPLES)
    held = script.numbers(run, "data", "held_out").index(1)
    first, other = script.numbers(run, "data", "id")[held : held + 2]
    page.goto(f"{script.address}/b/{run}?lens=attention&ex={first}")
    alignment = zone(page, "Lens").get_by_role("slider", name=re.compile("Which words look"))
    comes(alignment, PATIENT / 1000)
    expect_alignment(alignment, script, run, first)
    alignment.press("Home")
    said = looked_at(script, run, first, 0)
    expect(alignment).to_have_attribute("aria-valuetext", said, timeout=PATIENT)

    answer = zone(page, "Answer")
    words = answer.get_by_role("slider", name=re.compile("Words that the network says"))
    expect(words).to_have_text(own_words(script, run, example=first), timeout=PATIENT)
    answer.get_by_label("How words are chosen").select_option("beam")
    beam = own_words(script, run, example=first, method="beam")
    expect(words).to_have_text(beam, timeout=PATIENT)

    page.goto(f"{script.address}/b/{run}?lens=attention&ex={other}")
    comes(alignment, PATIENT / 1000)
    listed = zone(page, "Data").get_by_role("region", name="Sentences to choose from")
    # The list begins anywhere, and turns to the page of the pinned pair.
    expect(listed.get_by_role("button", pressed=True)).to_be_visible(timeout=PATIENT)
    chosen = listed.locator("li").get_by_role("button", pressed=False).first
    source = (chosen.get_attribute("title") or "").split(" → ")[0]
    chosen.click()
    pinned_pair = zone(page, "Data").locator("p").filter(has_text=source).first
    expect(pinned_pair).to_be_visible(timeout=PATIENT)
    expect(page).not_to_have_url(re.compile(f"ex={other}$"), timeout=PATIENT)
    pinned = int(re.findall(r"ex=(\d+)", page.url)[0])
    expect_alignment(alignment, script, run, pinned)
