"""Make the pictures of the README from the real page: `make screenshots`."""

import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
from playwright.sync_api import sync_playwright

IMAGES = Path(__file__).parents[2] / "docs" / "images"
PAGES = {"workbench": "/"}  # name of the picture -> address of the page
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
SECONDS_OF_TRAINING = 5


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def service() -> Iterator[str]:
    """Run Neurarium on a free port with an empty data folder, and yield its address."""
    address = f"http://127.0.0.1:{(port := free_port())}"
    with tempfile.TemporaryDirectory() as data:
        command = [sys.executable, "-m", "neurarium", "serve", "--port", str(port), "--data", data]
        process = subprocess.Popen(command)
        try:
            wait_until_ready(address, process)
            yield address
        finally:
            process.terminate()
            process.wait(timeout=20)


def wait_until_ready(address: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if httpx.get(f"{address}/readyz").is_success:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.2)
    raise RuntimeError("the service did not become ready")


def main() -> None:
    """Open each page, let it train for a while, and take its picture."""
    browser_path = next(filter(None, map(shutil.which, BROWSERS)), None)
    with service() as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=browser_path,  # none: Playwright's own
            args=["--no-sandbox", "--disable-background-networking"],
        )
        page = browser.new_page(viewport={"width": 1440, "height": 900}, device_scale_factor=2)
        for name, path in PAGES.items():
            page.goto(address + path)
            page.wait_for_timeout(SECONDS_OF_TRAINING * 1000)
            page.screenshot(path=IMAGES / f"{name}.png")
            sys.stdout.write(f"docs/images/{name}.png\n")
        browser.close()


if __name__ == "__main__":
    main()
