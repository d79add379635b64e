"""The gallery: networks by topic and time, the paper's size to look at beside its twin that trains, two compared."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from neurarium_models.preset import PRESETS
from tests.e2e import eye
from tests.e2e.desk import PATIENCE, comes, zone
from tests.e2e.script import Script

AXE = Path(__file__).parents[2] / "frontend" / "node_modules" / "axe-core" / "axe.min.js"
VGG_16 = 138_357_544


def gallery(page: Page, script: Script, query: str = "") -> None:
    page.goto(f"{script.address}/models{query}")
    comes(page.get_by_role("heading", level=1, name="Gallery"))
    comes(page.locator("[data-preset]").first)


@pytest.fixture
def page(tab: Page) -> Page:
    return tab


def card(page: Page, preset: str) -> Locator:
    return page.locator(f'[data-preset="{preset}"]')


def test_every_preset_has_a_card_in_the_order_of_time(page: Page, script: Script) -> None:
    gallery(page, script)
    expect(page.locator("[data-preset]")).to_have_count(len(PRESETS))
    assert page.get_by_role("heading", level=2).all_inner_texts() == [
        *("Perceptron", "MLP", "RNN", "CNN"),
        *("Encoder-decoder", "Captioning", "Transformer"),
    ]
    cards = page.get_by_role("region", name="CNN").locator("[data-preset]")
    ids = [one.get_attribute("data-preset") or "" for one in cards.all()]
    years = [PRESETS[id].year for id in ids]
    assert years == sorted(years)
    assert ids.index("vgg16-paper") < ids.index("vgg")
    said = card(page, "vgg16-paper").inner_text()
    for text in ("VGG-16 as published", "2014", "Simonyan", "138 M", "30.9 G", "16", "to look at"):
        assert text in said.replace("\u2009", " "), text
    assert card(page, "vgg16-paper").locator("svg rect").count() == 17


def test_it_is_searched_and_the_address_keeps_it(page: Page, script: Script) -> None:
    gallery(page, script)
    page.keyboard.press("/")
    page.keyboard.type("resnet 2015")
    expect(page.locator("[data-preset]")).to_have_count(4)
    assert "q=resnet" in page.url
    page.reload()
    expect(page.locator("[data-preset]")).to_have_count(4, timeout=PATIENCE * 1000)
    page.get_by_role("searchbox").fill("no such network")
    expect(page.get_by_role("main")).to_contain_text("No network fits")


@pytest.mark.slow
def test_a_paper_opens_with_every_layer_and_what_it_would_take(page: Page, script: Script) -> None:
    gallery(page, script, "?q=vgg")
    card(page, "vgg16-paper").get_by_role("link", name="Look inside VGG-16 as published").click()
    page.wait_for_url("**/models/vgg16-paper")
    expect(page.get_by_role("heading", level=1)).to_have_text(
        "VGG-16 as published", timeout=PATIENCE * 1000
    )
    expect(page.get_by_role("main")).to_contain_text(
        f"{VGG_16:,} parameters; at most 5,000,000 can be trained here"
    )
    layers = page.get_by_role("region", name="Every layer")
    expect(layers.get_by_role("row", name=re.compile("^fc6 Linear"))).to_contain_text("102,764,544")
    expect(layers).to_contain_text("conv5 ×3")
    sizes = page.get_by_role("region", name="The paper’s size and the pocket")
    expect(sizes.get_by_role("columnheader")).to_have_text(
        [PRESETS[id].title for id in ("vgg16-paper", "vgg19-paper", "vgg")]
    )
    memory = script.get("/presets/vgg16-paper")["memory"]
    fixed = memory["parameters"] + memory["gradients"] + memory["optimizer"]
    for batch in (1, 256):
        sizes.get_by_role("button", name=str(batch), exact=True).click()
        row = sizes.get_by_role("row", name=re.compile("^memory to train"))
        needed = (fixed + batch * memory["activations"]) / 1e9
        shown = f"{needed:.0f}" if needed >= 10 else f"{needed:.1f}"
        expect(row.get_by_role("cell").first).to_have_text(f"{shown}\u2009GB")


@pytest.mark.slow
def test_a_pocket_twin_begins_to_train(page: Page, script: Script) -> None:
    gallery(page, script, "?q=resnet")
    card(page, "resnet").get_by_role("button", name="Train ResNet in small").click()
    page.wait_for_url("**/b/*", timeout=PATIENCE * 1000)
    expect(zone(page, "Clock")).to_be_visible(timeout=PATIENCE * 1000)
    run = page.url.partition("/b/")[2].partition("?")[0]
    script.until(lambda: script.run(run)["step"] > 0)
    script.pause(run)
    assert script.run(run)["preset"] == "resnet"


@pytest.mark.slow
def test_by_keyboard_alone(page: Page, script: Script) -> None:
    gallery(page, script)
    page.keyboard.press("ArrowRight")
    expect(card(page, "perceptron-and").locator(".main")).to_be_focused()
    page.keyboard.press("ArrowRight")
    expect(card(page, "perceptron-mark1").locator(".main")).to_be_focused()
    page.keyboard.press("x")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("x")
    page.keyboard.press("c")
    page.wait_for_url("**/compare?presets=perceptron-mark1,perceptron-and")
    gallery(page, script)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("i")
    page.wait_for_url("**/models/perceptron-and")


def test_two_networks_differ_where_their_presets_do(page: Page, script: Script) -> None:
    page.goto(f"{script.address}/compare?presets=vgg16-paper,vgg19-paper")
    told = page.get_by_role("region", name="Networks")
    expect(told).to_contain_text(
        "Of their layers 36 are the same, 3 differ, 0 only A has, 6 only B.",
        timeout=PATIENCE * 1000,
    )
    parameters = told.get_by_role("row", name=re.compile("^parameters"))
    expect(parameters).to_contain_text("138,357,544")
    expect(parameters).to_contain_text("+5,309,696")
    added = told.get_by_role("row", name=re.compile(r"only in B conv3\.3\.conv"))
    expect(added).to_contain_text("Conv2d 256×56×56")
    expect(added.locator(".mark")).to_contain_text("+")
    fed = told.get_by_role("row", name=re.compile("differs pool3"))
    expect(fed).to_contain_text("fed by conv3.2.relu → conv3.3.relu")
    told.get_by_role("button", name="all layers").click()
    expect(told.get_by_role("row", name=re.compile("the same in both fc7 "))).to_be_visible()


@pytest.mark.slow
def test_two_runs_differ_in_their_networks_and_in_what_they_reached(
    page: Page, script: Script
) -> None:
    one = script.trained("mlp-circles", 50)
    other = script.trained("mlp-spiral", 50)
    page.goto(f"{script.address}/compare?runs={one},{other}")
    told = page.get_by_role("region", name="Networks")
    expect(told).to_contain_text("out_features", timeout=PATIENCE * 1000)
    reached = [script.run(run)["latest"]["validation_accuracy"] for run in (one, other)]
    row = told.get_by_role("row", name=re.compile("^held-out accuracy"))
    for share in reached:
        expect(row).to_contain_text(f"{share * 100:.2f}\u2009%")


def test_a_network_that_is_not_there_is_said_to_be(page: Page, script: Script) -> None:
    page.goto(f"{script.address}/models/capsule")
    expect(page.get_by_role("main")).to_contain_text("There is no network “capsule”")
    comes(card(page, "lenet5"))


PLACES = ("models", "models/googlenet-paper", "models/vgg", "compare?presets=lenet5,alexnet")


@pytest.mark.slow
@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_names_and_contrast(browser: Browser, script: Script, place: str, theme: str) -> None:
    # The content policy forbids strange scripts, and axe is one.
    with browser.new_context(
        viewport={"width": 1440, "height": 900}, bypass_csp=True, reduced_motion="reduce"
    ) as context:
        page = context.new_page()
        page.goto(f"{script.address}/{place}{'&' if '?' in place else '?'}theme={theme}")
        page.wait_for_load_state("networkidle")
        comes(page.locator("h1"))
        page.add_script_tag(path=AXE)
        assert page.evaluate(eye.CONTRAST) == []
        assert page.evaluate(eye.SMALL_TEXTS, 11) == []


@pytest.mark.slow
@pytest.mark.parametrize("place", PLACES)
def test_a_phone_holds_it(browser: Browser, script: Script, place: str) -> None:
    with browser.new_context(
        viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True
    ) as context:
        page = context.new_page()
        page.goto(f"{script.address}/{place}")
        page.wait_for_load_state("networkidle")
        comes(page.locator("h1"))
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        assert page.evaluate(eye.SMALL_TEXTS, 12) == []
        small = page.evaluate(eye.SMALL_TARGETS)
        # A box is pressed by its label, which is as large as a finger.
        assert [each for each in small if not each.startswith("16×16 Compare")] == []
