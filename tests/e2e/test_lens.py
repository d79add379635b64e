"""The pictures of the lens: each shows the step that the run is at."""

from io import BytesIO

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from tests.e2e.desk import until, visit, zone
from tests.e2e.script import Script

PICTURES = {
    "activation": "hidden1.0",
    "history": "hidden1.0",
    "hidden": "hidden2.0",
    "loss": "output",
}


@pytest.mark.slow
@pytest.mark.parametrize("lens", PICTURES)
def test_a_picture_of_the_lens_moves_with_the_run(page: Page, script: Script, lens: str) -> None:
    run = script.trained("mlp-circles", 5)
    visit(page, f"{script.address}/b/{run}?node={PICTURES[lens]}&lens={lens}")
    picture = zone(page, "Lens").get_by_role("img").last
    expect(picture).to_be_visible()
    until(page, lambda: is_drawn(picture.screenshot()))
    before = picture.screenshot()
    script.post(f"/runs/{run}/step", {"count": 40})
    script.until(lambda: script.stands(run, 45))
    until(page, lambda: picture.screenshot() != before, said="the picture stands still")

    # In the one column of a phone it keeps its height.
    page.set_viewport_size({"width": 390, "height": 844})
    until(page, lambda: (picture.bounding_box() or {"height": 0})["height"] > 100)


def is_drawn(picture: bytes) -> bool:
    """Whether a picture has more than a ground and a frame."""
    return Image.open(BytesIO(picture)).convert("RGB").getcolors(16) is None
