"""Make the pictures of the documentation from the real page: `make screenshots`."""

import sys
from io import BytesIO
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, sync_playwright

from tests.e2e.desk import rest_pointer, still
from tests.e2e.script import Script
from tests.e2e.service import launch, service

IMAGES = Path(__file__).parents[2] / "docs" / "images"
MOST_BYTES = 250_000
PATIENCE = 60_000
RUNS = {"mlp-circles": 900, "lenet5": 300, "translation-attention": 300}
"""What is photographed: presets, each with the steps that it has trained."""
TEXTBOOK = "2-2-1"
"""A run that is a network small enough for every number of it to be seen, halfway back through a step."""
LAYERS = {"hidden": 2, "output": 1}
# Name, preset, width, height, and how the page is shown.
PICTURES = (
    ("workbench", "mlp-circles", 1440, 900, "theme=light"),
    ("dark", "mlp-circles", 1440, 900, "theme=dark"),
    ("phone", "mlp-circles", 390, 844, "theme=light"),
    ("presenter", "mlp-circles", 1280, 720, "theme=light&present=1"),
    ("digits", "lenet5", 1440, 900, "theme=light&node=conv2.7@4,5"),
    ("attention", "translation-attention", 1440, 900, "theme=light&lens=attention"),
    ("backprop", TEXTBOOK, 1440, 900, "theme=light&layout=graph"),
    ("gradients", "lenet5", 1440, 900, "theme=dark&node=conv2.7@4,5&show=gradients"),
)


def main() -> None:
    """Train networks for a while, and take their pictures."""
    IMAGES.mkdir(parents=True, exist_ok=True)
    with service() as running, sync_playwright() as playwright:
        browser = launch(playwright)
        script = Script(running)
        runs = {preset: script.trained(preset, steps) for preset, steps in RUNS.items()}
        runs[TEXTBOOK] = textbook(script)
        for name, preset, width, height, shown in PICTURES:
            address = f"{running.address}/b/{runs[preset]}?{shown}"
            picture = photograph(browser, address, width, height)
            (IMAGES / f"{name}.png").write_bytes(picture)
            sys.stdout.write(f"docs/images/{name}.png  {len(picture) // 1000} kB\n")
        browser.close()


def textbook(script: Script) -> str:
    """Train two hidden units for a while on one point at a time, and walk through most of the next step."""
    nodes, last = [], "x"
    for name, units in LAYERS.items():
        linear = {"kind": "Linear", "out_features": units}
        nodes.append({"id": name, "layer": linear, "inputs": [last]})
        last = f"{name}_tanh"
        nodes.append({"id": last, "layer": {"kind": "Tanh"}, "inputs": [name]})
    inputs = {"x": {"axes": ["D"], "shape": [2]}}
    graph = {"version": 1, "inputs": inputs, "nodes": nodes, "outputs": {"y": last}}
    run = script.trained("mlp-circles", 36, graph=graph, batch__policy="single")
    script.post(f"/runs/{run}/step", {"unit": "operation", "count": 20})
    return run


def photograph(browser: Browser, address: str, width: int, height: int) -> bytes:
    """Open an address in a fresh browser, and take its picture at rest."""
    with browser.new_context(viewport={"width": width, "height": height}) as context:
        page = context.new_page()
        page.goto(address)
        page.get_by_role("region", name="Clock", exact=True).wait_for()
        if "layout=graph" in address:
            page.get_by_role("region", name="Lens").locator(".chain .number").first.wait_for()
        elif "present=1" not in address:  # the health of all layers is what comes last
            health = page.get_by_role("region", name="Answer").locator("dl dd.number")
            health.first.wait_for(state="attached", timeout=PATIENCE)
        rest_pointer(page)
        return small(still(page))


def small(picture: bytes) -> bytes:
    """Write a picture with as few bytes as it takes: all colours, or else the best 256."""
    image = Image.open(BytesIO(picture)).convert("RGB")
    for candidate in (image, image.quantize(256, dither=Image.Dither.NONE)):
        out = BytesIO()
        candidate.save(out, "PNG", optimize=True)
        if out.tell() <= MOST_BYTES:
            return out.getvalue()
    raise ValueError(f"a picture has {out.tell()} bytes; at most {MOST_BYTES} are wanted")


if __name__ == "__main__":
    main()
