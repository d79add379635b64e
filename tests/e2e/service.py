"""A real server for the browser: its own process, its own data folder, a free port."""

import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx
from playwright.sync_api import Browser, Playwright

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
START_SECONDS = 90

NEEDLESS = (
    "WebUIOmniboxPopup",
    "WebUIOmniboxAimPopup",
    "WebUIOmniboxFullPopup",
)
"""The address bar's list: a page of its own beside each page, though no window is ever seen."""

PLAYWRIGHT = (
    "AvoidCorsURLLoaderRestartOnRedirect",
    "AvoidUnnecessaryBeforeUnloadCheckSync",
    "DestroyProfileOnBrowserClose",
    "HttpsFirstBalancedModeAutoEnable",
    "HttpsUpgrades",
    "LensOverlay",
    "MediaRouter",
    "NetworkTimeServiceQuerying",
    "OptimizationHints",
    "PaintHolding",
    "TcpPortRandomizationWin",
    "ThirdPartyStoragePartitioning",
)
"""What Playwright switches off: Chromium heeds only the last list that it is given."""


class Service:
    """A server that runs: where it is, and the key for scripts."""

    def __init__(self, address: str, data: Path, pid: int) -> None:
        self.address = address
        self.data = data
        self.pid = pid

    def client(self) -> httpx.Client:
        """Talk to its REST interface as a script does."""
        token = (self.data / "token").read_text().strip()
        headers = {"Authorization": f"Bearer {token}"}
        return httpx.Client(base_url=f"{self.address}/api/v1", headers=headers, timeout=30)


@contextmanager
def service(port: int = 0) -> Iterator[Service]:
    """Start a server and stop it at the end."""
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder)
        command = [
            sys.executable,
            "-m",
            "neurarium",
            "serve",
            "--port",
            str(port),
            "--data",
            folder,
        ]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        try:
            address = read_address(process)
            wait_until_ready(address, process)
            yield Service(address, data, process.pid)
        finally:
            process.terminate()
            process.wait(timeout=20)
            if process.stdout is not None:
                process.stdout.close()


def read_address(process: "subprocess.Popen[str]") -> str:
    """Read the line in which the server says where it listens."""
    for line in process.stdout or ():
        for word in line.split():
            if word.startswith("http://"):
                return word.rstrip("/.")
    raise RuntimeError("the server did not say where it listens")


def wait_until_ready(address: str, process: "subprocess.Popen[str]") -> None:
    """Wait for workers that can train."""
    deadline = time.monotonic() + START_SECONDS
    with httpx.Client() as client:
        while time.monotonic() < deadline and process.poll() is None:
            with suppress(httpx.TransportError):
                if client.get(f"{address}/readyz").is_success:
                    return
            time.sleep(0.1)
    raise RuntimeError("the server did not become ready")


def launch(playwright: Playwright) -> Browser:
    """Start headless Chromium: the one on the PATH, else Playwright's own."""
    path = next(filter(None, map(shutil.which, BROWSERS)), None)
    arguments = [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-background-networking",
        "--no-first-run",
        f"--disable-features={','.join(NEEDLESS + PLAYWRIGHT)}",
    ]
    return playwright.chromium.launch(executable_path=path, args=arguments)
