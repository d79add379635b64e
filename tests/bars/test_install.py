"""Bar 1: `pip install .` and `neurarium serve` from a fresh clone, on a PATH without Node."""

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from tests.backend.api.service import wait_until_ready
from tests.bars.table import Table

pytestmark = [pytest.mark.bars, pytest.mark.timeout(900)]

ROOT = Path(__file__).parents[2]
MINUTES = 10


def tools_without_node(folder: Path) -> Path:
    """Make a folder of links to what this computer has, but for Node."""
    folder.mkdir()
    for tool in (*Path("/bin").iterdir(), *Path("/usr/bin").iterdir()):
        link = folder / tool.name
        if not tool.name.startswith(("node", "npm", "npx", "corepack")) and not link.exists():
            link.symlink_to(tool)
    return folder


def test_the_package_installs_and_serves_without_node(tmp_path: Path, table: Table) -> None:
    begin = time.monotonic()
    clone, home = tmp_path / "clone", tmp_path / "venv"
    subprocess.run(["git", "clone", "--quiet", str(ROOT), str(clone)], check=True)
    subprocess.run([sys.executable, "-m", "venv", str(home)], check=True)
    path = os.pathsep.join([str(home / "bin"), str(tools_without_node(tmp_path / "tools"))])
    assert shutil.which("node", path=path) is None
    environment = {**os.environ, "PATH": path}
    install = [str(home / "bin/pip"), "install", "--quiet", "."]
    subprocess.run(install, cwd=clone, env=environment, check=True)
    command = [
        str(home / "bin/neurarium"),
        "serve",
        "--port",
        "0",
        "--data",
        str(tmp_path / "data"),
    ]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, cwd=tmp_path, env=environment
    )
    try:
        assert process.stdout is not None
        with process.stdout:
            words = process.stdout.readline().split()
        url = next(word for word in words if word.startswith("http")).rstrip("/")
        wait_until_ready(url, process)
        page = httpx.get(url)
        assert page.status_code == 200
        assert "/assets/" in page.text
    finally:
        process.terminate()
        process.wait(timeout=20)
    minutes = (time.monotonic() - begin) / 60
    table.hold(
        1, "pip install . and neurarium serve, no Node", f"{minutes:.1f} min",
        f"at most {MINUTES} min", minutes <= MINUTES,
    )  # fmt: skip
