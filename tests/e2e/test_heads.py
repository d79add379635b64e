"""Heads that are switched off, what they are worth, and runs with one thing changed: beside the script's view."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.backend.probes.sequences import job, translator
from tests.e2e.desk import zone
from tests.e2e.script import Document, Script

PATIENT = 30_000
"""Milliseconds: nobody hurries a machine that does other things too."""
STEPS = 4
NODE, HEADS = "decoder.0.cross", 2
NAMED = {"<bos>": "start", "<eos>": "end", "<unk>": "unknown"}
"""Marks of a sentence as the page writes them."""


@pytest.fixture
def run(script: Script) -> Iterator[str]:
    """A small translator that has taken some steps and stands still."""
    name = str(script.post("/runs", job(translator()).model_dump(mode="json"))["id"])
    script.post(f"/runs/{name}/step", {"count": STEPS})
    script.until(lambda: script.stands(name, STEPS))
    yield name
    script.http.delete(f"/runs/{name}")


def said(script: Script, run: str, example: int, *heads: int) -> list[str]:
    """What the network says without some heads, by REST."""
    off = [{"node": NODE, "head": head} for head in heads]
    told = script.post(f"/runs/{run}/generate", {"example": example, "without": off})
    return [NAMED.get(word, word) for word in told["said"]["words"]]


def example_that_changes(script: Script, run: str) -> int:
    """A held-out example to which something else is said without the first head."""
    held = script.numbers(run, "data", "held_out")
    ids = script.numbers(run, "data", "id")
    return next(
        int(example)
        for example, is_held in zip(ids, held, strict=True)
        if is_held and said(script, run, example) != said(script, run, example, 0)
    )


def expect_said(lens: Locator, name: str, words: list[str]) -> None:
    group = lens.get_by_role("group", name=name, exact=True)
    expect(group.locator(".word")).to_have_text(words, timeout=PATIENT)


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_heads_are_switched_off_and_measured(page: Page, script: Script, run: str) -> None:
    example = example_that_changes(script, run)
    before = script.run(run)
    page.goto(f"{script.address}/b/{run}?lens=heads&node={NODE}&ex={example}")
    lens = zone(page, "Lens")
    switches = lens.get_by_role("switch", name=re.compile("^cross"))
    expect(switches).to_have_count(HEADS, timeout=PATIENT)
    switches.first.press("Space")
    expect(switches.first).to_have_attribute("aria-checked", "false")
    expect_said(lens, "all heads", said(script, run, example))
    expect_said(lens, "without one head", said(script, run, example, 0))
    switches.last.press("Enter")
    expect_said(lens, "without 2 heads", said(script, run, example, 0, 1))
    lens.get_by_role("button", name="All on").press("Enter")
    expect(switches.first).to_have_attribute("aria-checked", "true")
    expect(lens.get_by_role("group", name="all heads", exact=True)).to_have_count(0)

    lens.get_by_role("button", name="Measure all heads").click()
    frame = script.probe(run, "effect_of_head")
    whole = frame["details"]["whole"]["token_accuracy"]
    expect(lens.get_by_role("button", name="Measure again")).to_be_visible(timeout=PATIENT)
    for right in measured(frame):
        told = f"Without it {percent(right)} right, with all heads {percent(whole)}"
        expect(lens.get_by_role("img", name=told, exact=True).first).to_be_visible()
    after = script.run(run)
    same = ("job", "step", "state", "changes", "snapshots")
    assert {name: after[name] for name in same} == {name: before[name] for name in same}


def measured(frame: Document) -> list[float]:
    (array,) = (
        each["data"]
        for each in frame["arrays"]
        if (each["name"], each["node"]) == ("token_accuracy", NODE)
    )
    return [float(right) for right in array]


def percent(share: float) -> str:
    return f"{100 * share:.1f}\N{THIN SPACE}%"


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_one_thing_is_changed_and_both_are_asked(page: Page, script: Script, run: str) -> None:
    page.goto(f"{script.address}/b/{run}?lens=what_if&node={NODE}")
    lens = zone(page, "Lens")
    row = lens.get_by_role("row", name=re.compile("no causal mask"))
    row.get_by_role("button", name="no causal mask: train 4 steps").press("Enter")
    compare = row.get_by_role("link", name="no causal mask: compare both runs")
    expect(compare).to_be_visible(timeout=PATIENT)
    other = re.findall(r"runs=\w+,(\w+)", compare.get_attribute("href") or "")[0]
    here, there = (script.probe(each, "alone", step=STEPS)["details"] for each in (run, other))
    own = f"{percent(here['own'])} → {percent(there['own'])}"
    expect(row).to_contain_text(own, timeout=PATIENT)
    apart = script.get(f"/runs/{run}/difference", {"other": other})["differences"]
    assert [each["key"] for each in apart] == ["graph.decoder"]
    script.http.delete(f"/runs/{other}")

    lens.get_by_role("tab", name="Stream").click()
    frame = script.probe(run, "residual")
    writers = [each["writer"] for each in frame["details"]["nodes"] if each["input"] == "target"]
    rows = lens.get_by_role("img", name=re.compile("of the stream, cosine"))
    expect(rows).to_have_count(len(writers), timeout=PATIENT)
