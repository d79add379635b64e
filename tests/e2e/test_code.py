"""The network as PyTorch: edited in the text while it trains, followed by the text, and never lost."""

import re
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.e2e import eye
from tests.e2e.desk import comes, still, until, zone
from tests.e2e.script import Script
from tests.e2e.test_looks import AXE

LONG = 30_000
UNDERLINE = ".cm-lintRange-error"


def open_code(page: Page, script: Script, run: str, more: str = "") -> None:
    page.goto(f"{script.address}/b/{run}?layout=code&edit=1{more}")
    comes(zone(page, "Clock"))
    comes(source(page))
    expect(source(page)).to_contain_text("class MLP(nn.Module):")
    expect(line(page, "self.hidden1 = ")).to_contain_text("parameters")


@pytest.fixture
def page(tab: Page) -> Page:
    return tab


def source(page: Page) -> Locator:
    return page.get_by_role("textbox", name="The network as PyTorch", exact=True)


def loop(page: Page) -> Locator:
    return page.get_by_role("textbox", name=re.compile("training loop"))


def line(page: Page, text: str) -> Locator:
    return source(page).locator(".cm-line", has_text=text)


def rewrite(page: Page, before: str, after: str) -> None:
    """Type over the end of a line, which ends with `before`."""
    line(page, before).click()
    page.keyboard.press("End")
    for _ in before:
        page.keyboard.press("Backspace")
    page.keyboard.type(after)


def unread(page: Page) -> Locator:
    return page.get_by_role("list", name="What does not read").get_by_role("listitem")


def standing(page: Page) -> Locator:
    return page.get_by_role("status").filter(has_text=re.compile("text|line"))


def widths(job: dict[str, Any]) -> dict[str, int]:
    return {
        node["id"]: node["layer"]["out_features"]
        for node in job["graph"]["nodes"]
        if "out_features" in node["layer"]
    }


@pytest.mark.slow
def test_a_width_in_the_text_widens_the_run_that_goes_on(page: Page, script: Script) -> None:
    """What follows from it is written by a press; run, step and what fits stay."""
    run = script.create("mlp-circles", steps=100_000)
    script.play(run, pace=20)
    open_code(page, script, run)
    rewrite(page, "nn.Linear(2, 4)", "nn.Linear(2, 16)")
    expect(unread(page)).to_contain_text("it must be 16")
    expect(page.get_by_role("button", name="Apply")).to_be_disabled()
    assert widths(script.job(run))["hidden1"] == 4

    page.get_by_role("button", name="Write 16").click()
    expect(line(page, "self.hidden1 = ")).to_contain_text("nn.Linear(2, 16)")
    expect(line(page, "self.hidden1 = ").locator(".note")).to_have_text("# 48 parameters 12")
    expect(line(page, "self.hidden2 = ")).to_contain_text("nn.Linear(16, 4)")
    # What stood there is struck through above.
    expect(source(page).locator(".old s").first).to_have_text("self.hidden1 = nn.Linear(2, 4)")
    step = script.run(run)["step"]
    page.get_by_role("button", name="Apply").click()
    until(page, lambda: widths(script.job(run))["hidden1"] == 16)
    assert f"/b/{run}" in page.url
    now = script.run(run)
    assert now["state"] == "running"
    assert now["step"] >= step > 0
    script.until(lambda: script.run(run)["step"] > now["step"] + 5)
    expect(source(page).locator(".old")).to_have_count(0)
    expect(line(page, "self.hidden1 = ")).to_contain_text("nn.Linear(2, 16)")
    script.pause(run)


@pytest.mark.slow
def test_nodes_keep_their_weights_by_their_names(page: Page, script: Script) -> None:
    run = script.trained("mlp-circles", 30)
    before = {name: script.weights(run, f"{name}.weight") for name in ("hidden1", "output")}
    open_code(page, script, run)
    line(page, "self.hidden2_tanh = nn.Tanh()").click()
    page.keyboard.press("End")
    page.keyboard.press("Enter")
    page.keyboard.type("self.rest = nn.ReLU()")
    line(page, "x = self.hidden2_tanh(x)").click()
    page.keyboard.press("End")
    page.keyboard.press("Enter")
    page.keyboard.type("x = self.rest(x)")
    expect(page.get_by_role("button", name="Apply")).to_be_enabled()
    page.get_by_role("button", name="Apply").click()
    until(page, lambda: "rest" in [node["id"] for node in script.job(run)["graph"]["nodes"]])
    assert script.run(run)["step"] == 30
    assert {name: script.weights(run, f"{name}.weight") for name in before} == before


@pytest.mark.slow
def test_what_does_not_read_is_underlined_and_changes_nothing(page: Page, script: Script) -> None:
    run = script.trained("mlp-circles", 20)
    job = script.job(run)
    open_code(page, script, run)
    rewrite(page, "self.output_tanh = nn.Tanh()", "self.output_tanh = print('hello')")
    expect(unread(page)).to_have_count(1)
    expect(unread(page)).to_contain_text("There is no layer `print` here.")
    expect(source(page).locator(UNDERLINE)).to_have_text("print('hello')")
    expect(standing(page)).to_contain_text("1 line does not read")
    for button in ("Apply", "Undo"):
        expect(page.get_by_role("button", name=button)).to_be_disabled()
    assert script.job(run) == job

    # The reason is told where the pointer is, too, and the list leads there.
    source(page).locator(UNDERLINE).hover()
    expect(page.locator(".cm-tooltip")).to_contain_text("no layer `print`")
    unread(page).get_by_role("button", name="Line 14").click()
    expect(source(page)).to_be_focused()

    # Another face and back, and a network that another changes: what was typed is still there.
    page.get_by_role("button", name="Spine", exact=True).click()
    expect(source(page)).to_have_count(0)
    page.get_by_role("button", name="Code", exact=True).click()
    expect(source(page)).to_contain_text("print('hello')")
    graph = job["graph"]
    graph["nodes"][0]["layer"]["out_features"] = 6
    script.http.patch(f"/runs/{run}", json={"graph": graph}).raise_for_status()
    expect(page.get_by_text("The network was changed elsewhere meanwhile.")).to_be_visible()
    expect(source(page)).to_contain_text("print('hello')")
    page.get_by_role("button", name="Take the network's text").click()
    expect(line(page, "self.hidden1 = ")).to_contain_text("nn.Linear(2, 6)")
    expect(source(page)).not_to_contain_text("print")
    expect(unread(page)).to_have_count(0)
    expect(source(page).locator(UNDERLINE)).to_have_count(0)


@pytest.mark.slow
def test_undo_in_the_text_is_undo_of_the_network(page: Page, script: Script) -> None:
    run = script.trained("mlp-circles", 20)
    open_code(page, script, run)
    rewrite(page, "self.hidden1_tanh = nn.Tanh()", "self.hidden1_tanh = nn.ReLU()  # bent once")
    expect(page.get_by_role("button", name="Undo")).to_be_enabled()
    page.keyboard.press("Control+z")
    expect(line(page, "self.hidden1_tanh = ")).to_have_text("        self.hidden1_tanh = nn.Tanh()")
    expect(page.get_by_role("button", name="Apply")).to_be_disabled()
    page.keyboard.press("Control+y")
    expect(line(page, "self.hidden1_tanh = ")).to_contain_text("nn.ReLU()  # bent once")
    expect(page.get_by_role("button", name="Apply")).to_be_enabled()
    # What is not read yet undoes itself, letter by letter or word by word.
    rewrite(page, "# bent once", "nonsense")
    expect(unread(page)).to_have_count(1)
    until(page, lambda: undone(page, "# bent once"))
    page.get_by_role("button", name="Undo").click()
    expect(line(page, "self.hidden1_tanh = ")).to_have_text("        self.hidden1_tanh = nn.Tanh()")
    assert script.job(run)["graph"]["nodes"][1]["layer"]["kind"] == "Tanh"


def undone(page: Page, text: str) -> bool:
    """Undo once, unless the text is back already."""
    if line(page, "self.hidden1_tanh = ").inner_text().rstrip().endswith(text):
        return True
    source(page).press("Control+z")
    return False


@pytest.mark.slow
def test_lines_and_nodes_choose_each_other(page: Page, script: Script) -> None:
    run = script.trained("mlp-circles", 20)
    open_code(page, script, run)
    chosen = source(page).locator(".cm-line.chosen")
    line(page, "x = self.hidden2(x)").click()
    until(page, lambda: "node=hidden2" in page.url)
    expect(chosen).to_have_count(2)
    expect(chosen.first).to_contain_text("self.hidden2 = nn.Linear(4, 4)")
    page.keyboard.press("ArrowDown")
    until(page, lambda: "node=hidden2_tanh" in page.url)
    # What stands behind a line is pressed as the line is.
    line(page, "self.hidden1 = ").locator(".note").click()
    until(page, lambda: page.url.endswith("node=hidden1&layout=code&edit=1"))
    line(page, "x = self.hidden2_tanh(x)").click()
    # Letters are typed here: they are no keys of the page.
    page.keyboard.press("End")
    page.keyboard.press("p")
    expect(line(page, "x = self.hidden2_tanh(x)")).to_contain_text("(x)p")
    assert "present" not in page.url
    page.go_back()

    open_code(page, script, run, "&node=output.1")
    expect(chosen).to_have_count(2)
    expect(chosen.first).to_contain_text("self.output = nn.Linear(4, 1)")
    # What it has learned is told where the pointer rests.
    chosen.first.hover(position={"x": 120, "y": 8})
    tooltip = page.locator(".cm-tooltip")
    expect(tooltip).to_contain_text("output.weight: 1×4, mean", timeout=LONG)
    weights = script.weights(run, "output.weight")[0]
    mean = sum(weights) / len(weights)
    said = re.search(r"mean (\S+),", tooltip.inner_text())
    assert said is not None
    assert abs(float(said[1].replace("−", "-")) - mean) < 1e-3


def test_the_loop_is_read_along_and_follows_the_recipe(page: Page, script: Script) -> None:
    run = script.trained("mlp-circles", 20)
    open_code(page, script, run)
    expect(loop(page)).to_have_attribute("aria-readonly", "true")
    expect(loop(page)).to_contain_text("optim.SGD(network.parameters(), lr=0.2)")
    script.http.patch(f"/runs/{run}", json={"optimizer.lr": 0.125}).raise_for_status()
    expect(loop(page)).to_contain_text("optim.SGD(network.parameters(), lr=0.125)")
    script.post(f"/runs/{run}/step", {"count": 1})
    row = loop(page).locator(".cm-line", has_text="for step in range(STEPS)")
    expect(row).to_contain_text("step 21")
    # A line leads to the word that it follows.
    loop(page).locator(".cm-line", has_text='group["lr"]').click()
    expect(page.get_by_role("spinbutton", name=re.compile("^Learning rate"))).to_be_focused()


def test_what_is_taken_away(page: Page, script: Script) -> None:
    run = script.trained("mlp-circles", 20)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=script.address)
    open_code(page, script, run)
    page.get_by_role("button", name="Copy", exact=True).click()
    expect(page.get_by_text("Copied: 23 lines.")).to_be_visible()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == script.get(f"/runs/{run}/source")["text"]
    for name, ending in (("Run as .py", ".py"), ("Run as notebook", ".ipynb")):
        with page.expect_download() as download:
            page.get_by_role("link", name=name).click()
        assert download.value.suggested_filename.endswith(ending)


@pytest.mark.slow
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390])
def test_it_is_readable_and_named(browser: Browser, script: Script, theme: str, width: int) -> None:
    run = script.trained("mlp-circles", 20)
    # The content policy forbids strange scripts, and axe is one.
    with browser.new_context(
        viewport={"width": width, "height": 900}, bypass_csp=True, reduced_motion="reduce"
    ) as context:
        page = context.new_page()
        open_code(page, script, run, f"&theme={theme}&node=hidden1")
        rewrite(page, "nn.Linear(2, 4)", "nn.Linear(2, 8)")
        expect(unread(page)).to_have_count(1)
        still(page)
        page.add_script_tag(path=AXE)
        assert page.evaluate(eye.CONTRAST) == []
        page.get_by_role("button", name="Write 8").click()
        expect(source(page).locator(".old")).to_have_count(2)
        still(page)
        assert page.evaluate(eye.CONTRAST) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        for box in ("cm-scroller",):
            wide = f"[...document.querySelectorAll('.text')].map(e => e.shadowRoot.querySelector('.{box}'))"
            assert page.evaluate(f"{wide}.every(e => e.scrollWidth <= e.clientWidth + 1)")
