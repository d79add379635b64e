"""Two networks for the same sentences side by side, attention turned by a wire, and one's own sentences."""

import math
import re
from typing import Any

import pytest
from playwright.sync_api import FilePayload, Page, expect

from tests.e2e.desk import comes, until, zone
from tests.e2e.script import Script

PATIENT = 20_000
"""Milliseconds: nobody hurries a machine that trains meanwhile."""
SAMPLES = 300
STEPS = 10
NAMED = {"<bos>": "start", "<eos>": "end", "<pad>": "nothing", "<unk>": "unknown"}


def by_length(script: Script, run: str) -> str:
    """The probe's own numbers, as the chart tells them."""
    first = script.numbers(run, "lengths", "first")
    shares = script.numbers(run, "lengths", "accuracy")
    return ", ".join(
        f"{least:.0f} to {least + 4:.0f}: {math.floor(100 * share + 0.5)} %"
        for least, share in zip(first, shares, strict=True)
    )


def without_graph(job: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in job.items() if name not in {"graph", "title", "name"}}


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_with_attention_and_without_side_by_side(page: Page, script: Script) -> None:
    run = script.trained("reversal", STEPS, dataset__samples=SAMPLES, seed=3)
    page.goto(f"{script.address}/b/{run}?node=encoder&lens=through_time")
    lens = zone(page, "Lens")
    comes(lens)
    expect(lens).to_contain_text("the last state, 64 numbers.", timeout=PATIENT)
    zone(page, "Answer").get_by_role("button", name="Compare with attention").click(timeout=PATIENT)
    page.wait_for_url(re.compile(rf"/compare\?runs={run},[a-z0-9]+"), timeout=PATIENT)
    (twin,) = re.findall(rf"runs={run},([a-z0-9]+)", page.url)
    script.pause(twin)
    # One field apart, and from the same seed.
    assert without_graph(script.job(twin)) == without_graph(script.job(run))
    assert [run_has_attention(script, each) for each in (run, twin)] == [False, True]

    chart = page.get_by_role("region", name="Right by length").get_by_role("img")
    told = "; ".join(f"run {letter}: {by_length(script, each)}" for letter, each in zip("AB", (run, twin), strict=True))  # fmt: skip # noqa: E501
    expect(chart).to_have_accessible_name(
        f"Whole held-out sentences that are right, by words read: {told}", timeout=PATIENT
    )
    page.get_by_role("button", name="Next example").click()
    page.wait_for_url(re.compile("ex="), timeout=PATIENT)
    pinned = int(page.url.partition("ex=")[2])
    for letter, each in zip("AB", (run, twin), strict=True):
        details = script.probe(each, "decode", example=pinned)["details"]
        said = page.get_by_role("group", name=f"What run {letter} says")
        words = [NAMED.get(word, word) for word in details["own"]["words"]]
        expect(said.locator(".words span")).to_have_text(words, timeout=PATIENT)
        place = details["difference"]
        marked = [words[place]] if place is not None and place < len(words) else []
        expect(said.locator(".parting")).to_have_text(marked)


def run_has_attention(script: Script, run: str) -> bool:
    kinds = [node["layer"]["kind"] for node in script.job(run)["graph"]["nodes"]]
    return "AttentionGRU" in kinds


@pytest.mark.slow
def test_the_second_wire_is_plugged_into_the_first_and_back(page: Page, script: Script) -> None:
    run = script.create("transformer")
    wires = inputs_of_cross(script, run)
    page.goto(f"{script.address}/b/{run}?edit=1&node=decoder.0.cross")
    form = page.get_by_role("region", name=re.compile("^Chosen layer"))
    looks = form.get_by_role("combobox", name=re.compile("^What cross looks at"))
    comes(looks)
    expect(looks).to_have_value("memory", timeout=PATIENT)
    looks.select_option("norm2")
    page.get_by_role("button", name="Apply").click()
    alone = {"query": "norm2", "key": "norm2", "value": "norm2"}
    until(page, lambda: inputs_of_cross(script, run) == alone)

    # Back by keys alone, from what the block is given; the mask of that sentence comes along.
    looks.focus()
    page.keyboard.press("m")
    expect(looks).to_have_value("memory")
    page.get_by_role("button", name="Apply").click()
    until(page, lambda: inputs_of_cross(script, run) == wires)


def inputs_of_cross(script: Script, run: str) -> dict[str, str]:
    graph = script.job(run)["graph"]
    decoder = next(node for node in graph["nodes"] if node["id"] == "decoder")
    cross = next(node for node in decoder["block"]["nodes"] if node["id"] == "cross")
    inputs: dict[str, str] = cross["inputs"]
    return inputs


PAIRS = "\n".join(f"{one} {two}\t{two} {one}" for one in "abc" for two in "xyz")


@pytest.mark.slow
def test_own_pairs_are_looked_over_and_learned_from(page: Page, script: Script) -> None:
    run = script.create("reversal")
    page.goto(f"{script.address}/b/{run}")
    zone(page, "Data").get_by_role("button", name="own pairs …").click(timeout=PATIENT)
    sheet = page.get_by_role("dialog", name="Own pairs")
    found = sheet.get_by_role("status")
    learn = sheet.get_by_role("button", name="Learn from these")
    expect(found).to_contain_text("36 different pairs: 31 to learn from, 5 held out")
    text = sheet.get_by_role("textbox")
    text.fill("a b\tc\nb c")
    expect(found).to_contain_text("Line 2 has 1 column; a pair has two")
    expect(learn).to_be_disabled()
    file: FilePayload = {"name": "own.tsv", "mimeType": "text/plain", "buffer": PAIRS.encode()}
    sheet.locator("input[type=file]").set_input_files(file)
    expect(text).to_have_value(PAIRS)
    expect(found).to_contain_text("9 different pairs: 8 to learn from, 1 held out.")
    expect(found).to_contain_text("10 different tokens are read and 10 written")
    learn.click()
    page.wait_for_url(re.compile(rf"/b/(?!{run})[a-z0-9]+"), timeout=PATIENT)
    (own,) = re.findall(r"/b/([a-z0-9]+)", page.url)
    job = script.job(own)
    assert (job["dataset"]["kind"], job["dataset"]["text"]) == ("OwnPairs", PAIRS)
    sizes = {node["id"]: node["layer"].get("num_embeddings") for node in job["graph"]["nodes"]}
    assert (sizes["source_words"], sizes["target_words"]) == (10, 10)
    until(page, lambda: script.run(own)["step"] > 0, 60)
    expect(zone(page, "Data")).to_contain_text("a", timeout=PATIENT)
    script.pause(own)
