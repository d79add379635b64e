"""What a person sees and does at the page: its zones, its step, its pictures."""

import base64
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from tempfile import mkdtemp

from PIL import Image, ImageChops
from playwright.sync_api import Locator, Page

ZONES = ("Recipe", "Data", "Network", "Lens", "Answer", "Clock")
PATIENCE = 30.0
EDGE_PIXELS = 60
EDGE_SHADES = 24
QUICK = {"format": "png", "optimizeForSpeed": True}
WRITES = """() => {
    let place = document.activeElement;
    while (place?.shadowRoot?.activeElement) place = place.shadowRoot.activeElement;
    return !!place?.matches('input, textarea, [contenteditable]');
}"""


def zone(page: Page, name: str) -> Locator:
    return page.get_by_role("region", name=name, exact=True)


def visit(page: Page, address: str) -> None:
    """Open the workbench and wait until its pictures are drawn."""
    page.goto(address)
    comes(zone(page, "Clock"))
    comes(page.get_by_role("img", name="The answer over the plane"))


def comes(thing: Locator, seconds: float = PATIENCE) -> None:
    """Wait for something that is not there yet.

    Not `expect`: each time that it looks in vain it writes down the whole page, for a message that
    nobody reads; half of the work of a page that opens was that.
    """
    thing.wait_for(timeout=seconds * 1000)


def slider(page: Page) -> Locator:
    return page.get_by_role("slider", name="Step", exact=True)


def shown_step(page: Page) -> int:
    """The step that everything on the page belongs to."""
    return int(slider(page).get_attribute("aria-valuenow") or -1)


def word(page: Page, label: str) -> Locator:
    """A number of the recipe's sentence, by the beginning of its label."""
    return zone(page, "Recipe").get_by_role("spinbutton", name=re.compile(f"^{re.escape(label)}"))


def write(field: Locator, value: float | str) -> None:
    """Type a number over a word, and take it."""
    field.fill(str(value))
    field.press("Enter")


def until(page: Page, holds: Callable[[], bool], seconds: float = PATIENCE, said: str = "") -> None:
    """Look again and again until something is so; the page goes on meanwhile."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, said or f"not so within {seconds} s"
        page.wait_for_timeout(20)


def rest_pointer(page: Page) -> None:
    """Put the pointer where nothing is under it."""
    page.mouse.move(0, 0)


def still(page: Page, seconds: float = PATIENCE) -> bytes:
    """A picture of the page once it no longer changes."""
    deadline = time.monotonic() + seconds
    with camera(page) as shot:
        last, since = shot(), time.monotonic()
        while time.monotonic() - since < 0.5:
            assert time.monotonic() < deadline, "the page does not come to rest"
            if not same(now := shot(), last):
                last, since = now, time.monotonic()
    return last


def becomes(page: Page, picture: bytes, seconds: float = PATIENCE) -> None:
    """Wait until the page looks so, to the pixel."""
    deadline = time.monotonic() + seconds
    with camera(page) as shot:
        while not same(now := shot(), picture):
            if time.monotonic() > deadline:
                raise UnlikeError(picture, now)


@contextmanager
def camera(page: Page) -> Iterator[Callable[[], bytes]]:
    """Take pictures of what is in sight, to the pixel.

    Packed in haste: a picture of Playwright's costs Chromium three times as much. But it hides the caret,
    which blinks where somebody writes.
    """
    if page.evaluate(WRITES):
        yield page.screenshot
        return
    line = page.context.new_cdp_session(page)
    yield lambda: base64.b64decode(line.send("Page.captureScreenshot", QUICK)["data"])
    line.detach()


def same(one: bytes, other: bytes) -> bool:
    """Whether two pictures agree in every pixel.

    Chromium smooths the edge of a rounded corner a little differently when only a part of the page was
    drawn anew: so a few dozen of a million pixels may differ by a shade that no eye tells apart.
    """
    if one == other:
        return True
    a, b = (Image.open(BytesIO(picture)).convert("RGB") for picture in (one, other))
    if a.size != b.size:
        return False
    apart = ImageChops.difference(a, b).convert("L")
    shades = apart.histogram()
    return sum(shades[1:]) <= EDGE_PIXELS and sum(shades[EDGE_SHADES:]) == 0


class UnlikeError(AssertionError):
    """Two pictures that should be the same; both are written down."""

    def __init__(self, wanted: bytes, got: bytes) -> None:
        folder = Path(mkdtemp(prefix="neurarium-unlike-"))
        (folder / "wanted.png").write_bytes(wanted)
        (folder / "got.png").write_bytes(got)
        super().__init__(f"two pictures differ: {folder}")
