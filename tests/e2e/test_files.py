"""A run goes home as a file, and files are opened: chosen, or dropped anywhere on the page."""

import base64
import json
import re
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser, Locator, Page, expect
from safetensors.numpy import load, save

from tests.e2e.conftest import DESKTOP, listen_for_trouble
from tests.e2e.desk import until, visit
from tests.e2e.script import Script

DROP = """([name, content]) => {
  const bytes = Uint8Array.from(atob(content), (letter) => letter.charCodeAt(0));
  const carried = new DataTransfer();
  carried.items.add(new File([bytes], name));
  const happen = (kind) => document.body.dispatchEvent(
    new DragEvent(kind, { dataTransfer: carried, bubbles: true, cancelable: true }));
  happen('dragenter');
  return { happen: () => happen('drop'), refused: happen('dragover') };
}"""
MAKING = 90_000
"""Milliseconds that a file may take on a busy machine."""


def sheet(page: Page) -> Locator:
    return page.get_by_role("dialog", name="Files")


def notice(page: Page) -> Locator:
    return page.get_by_role("status").or_(page.get_by_role("alert"))


def taken_home(page: Page, name: str) -> tuple[str, bytes]:
    """Have one kind of file made, and read it."""
    with page.expect_download(timeout=MAKING) as download:
        sheet(page).get_by_role("button", name=re.compile(f"^{name}")).click()
    return download.value.suggested_filename, Path(download.value.path()).read_bytes()


def choose(page: Page, name: str, content: bytes) -> None:
    """Open a file by the button of the sheet."""
    open_files(page)
    with page.expect_file_chooser() as chooser:
        sheet(page).get_by_role("button", name="Choose a file").click()
    chooser.value.set_files({"name": name, "mimeType": "", "buffer": content})


def drop(page: Page, name: str, content: bytes) -> None:
    """Drag a file over the page and let it go."""
    carried = page.evaluate_handle(DROP, [name, base64.b64encode(content).decode()])
    expect(page.get_by_text("Drop it to open it.")).to_be_visible()
    carried.evaluate("carried => carried.happen()")
    expect(page.get_by_text("Drop it to open it.")).to_be_hidden()


def open_files(page: Page) -> None:
    page.get_by_role("button", name="Models").click()
    page.get_by_role("button", name="Files", exact=True).click()


def other_run(page: Page, run: str) -> str:
    """Wait until another run is on the bench."""
    until(page, lambda: "/b/" in page.url and run not in page.url)
    return page.url.split("/b/")[1].partition("?")[0]


@pytest.mark.slow
def test_every_kind_goes_home_and_three_come_back(page: Page, script: Script) -> None:
    run = script.trained("mlp-circles", 60)
    visit(page, f"{script.address}/b/{run}")
    open_files(page)
    expect(sheet(page)).to_contain_text("37 parameters as they are now, at step 60")
    files = {
        name: taken_home(page, name)
        for name in ("PyTorch", "Notebook", "ONNX", "Weights", "Recipe")
    }
    assert [name.partition("-")[0] for name, _ in files.values()] == [run] * 5
    assert "class MLP(nn.Module)" in files["PyTorch"][1].decode()
    assert json.loads(files["Notebook"][1])["nbformat"] == 4
    weights = load(files["Weights"][1])
    assert sheet(page).get_by_role("button", name=re.compile("^ONNX")).is_enabled()
    page.keyboard.press("Escape")

    choose(page, *files["Recipe"])
    fresh = other_run(page, run)
    expect(notice(page).filter(has_text="is here as a new run, with new weights")).to_be_visible()
    assert script.job(fresh) == script.job(run)
    assert script.run(fresh)["step"] == 0

    drop(page, *files["ONNX"])
    network = other_run(page, fresh)
    expect(notice(page).filter(has_text="as a new run, with its 37 weights")).to_be_visible()
    assert script.job(network) == script.job(run)
    assert script.weights(network, "hidden2.weight") == script.weights(run, "hidden2.weight")

    visit(page, f"{script.address}/b/{fresh}")
    before = script.weights(fresh, "hidden2.weight")
    drop(page, *files["Weights"])
    expect(notice(page).filter(has_text="All 6 tensors were taken")).to_be_visible()
    assert np.allclose(script.weights(fresh, "hidden2.weight"), weights["hidden2.weight"])
    page.get_by_role("button", name="Undo").click()
    until(page, lambda: script.weights(fresh, "hidden2.weight") == before)


@pytest.mark.slow
def test_source_and_networks_begin_runs_on_these_data(page: Page, script: Script) -> None:
    run = script.trained("mlp-circles", 10)
    graph = script.job(script.create("mlp-xor"))["graph"]
    source = script.get(f"/runs/{run}/source")["text"]
    visit(page, f"{script.address}/b/{run}")

    drop(page, "network.json", json.dumps(graph).encode())
    first = other_run(page, run)
    assert script.job(first)["dataset"] == script.job(run)["dataset"]
    assert script.job(first)["graph"] == graph

    drop(page, "network.py", source.encode())
    second = other_run(page, first)
    assert script.job(second)["graph"] == script.job(run)["graph"]
    page.get_by_role("button", name="Back to it").click()
    other_run(page, second)

    drop(page, "evil.py", b"import os\nos.system('touch here')\n")
    expect(notice(page).filter(has_text="Line 1: ")).to_be_visible()
    drop(page, "model.pt", b"PK\x03\x04")
    expect(notice(page).filter(has_text="model.pt is none of the files")).to_be_visible()
    drop(page, "other.json", b"{}")
    expect(notice(page).filter(has_text="neither a recipe nor a network")).to_be_visible()


@pytest.mark.slow
def test_weights_that_do_not_all_fit_are_asked_about(browser: Browser, script: Script) -> None:
    run = script.trained("mlp-circles", 20)
    file = load(script.http.get(f"/runs/{run}/export/safetensors").content)
    file["hidden1.weight"] = np.zeros((5, 2), np.float32)
    file["output.bias"] = np.full(1, 0.25, np.float32)
    with browser.new_context(viewport=DESKTOP) as context:
        page = context.new_page()
        troubles = listen_for_trouble(page)
        visit(page, f"{script.address}/b/{run}")
        before = script.weights(run, "output.weight")
        drop(page, "some.safetensors", save(file))
        said = (
            "5 of 6 tensors fit, but all should: `hidden1.weight` is 4 × 2 here, but 5 × 2 there."
        )
        expect(page.get_by_text(said)).to_be_visible()
        assert script.weights(run, "output.weight") == before
        page.get_by_role("button", name="Take those that fit").click()
        expect(page.get_by_text("5 tensors were taken, 1 was not")).to_be_visible()
        drop(page, "evil.safetensors", b"\x80\x04K\x01.")
        expect(page.get_by_text("This is a pickle or an archive")).to_be_visible()
        # The browser notes every answer that is a refusal, and there were two.
        assert [re.sub(r".*status of (\d+).*", r"\1", each) for each in troubles] == ["409", "422"]


def test_weights_are_taken_from_another_run(page: Page, script: Script) -> None:
    donor = script.trained("mlp-circles", 120)
    run = script.create("mlp-circles", seed=99)
    visit(page, f"{script.address}/b/{run}")
    open_files(page)
    sheet(page).get_by_role("combobox", name="The other run").select_option(donor)
    sheet(page).get_by_role("button", name="Take what fits").click()
    expect(notice(page).filter(has_text="All 6 tensors were taken")).to_be_visible()
    assert script.weights(run, "hidden1.weight") == script.weights(donor, "hidden1.weight")


@pytest.mark.slow
def test_the_palette_and_the_phone_lead_there_too(page: Page, script: Script) -> None:
    run = script.trained("mlp-circles", 20)
    visit(page, f"{script.address}/b/{run}")
    page.keyboard.press("Control+k")
    page.get_by_role("combobox", name="Find a layer").fill("take home: rec")
    with page.expect_download(timeout=MAKING) as download:
        page.keyboard.press("Enter")
    assert json.loads(Path(download.value.path()).read_bytes()) == script.job(run)
    page.set_viewport_size({"width": 390, "height": 844})
    open_files(page)
    expect(sheet(page)).to_be_visible()
    width = page.evaluate(
        "document.querySelector('dialog[open]').scrollWidth - document.querySelector('dialog[open]').clientWidth"
    )
    assert width <= 0
