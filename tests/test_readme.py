"""Every command of the README does what it says. Installing and `make` are for `.ci/run` and `make bars`."""

import ast
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.backend.api.service import Service, service

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text("utf-8")
DEFAULT = "http://127.0.0.1:8000"
WORDS = ("make", "pip install .", "neurarium serve")
"""What a test of the whole installation runs."""


def pieces(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)


COMMANDS = [piece for piece in pieces("sh") if not piece.startswith(WORDS)]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with service(tmp_path_factory.mktemp("readme")) as running:
        yield running


def test_all_commands_are_known() -> None:
    others = [piece.splitlines() for piece in pieces("sh") if piece not in COMMANDS]
    assert all(line.startswith(WORDS) for lines in others for line in lines)
    assert len(COMMANDS) == 2


@pytest.mark.slow
@pytest.mark.parametrize("piece", COMMANDS, ids=["command", "curl"])
def test_commands_work(piece: str, server: Service) -> None:
    if "curl" in piece and shutil.which("curl") is None:
        pytest.skip("curl is not installed")
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = os.environ | {"PATH": path, "NEURARIUM_DATA": str(server.folder)}
    script = "set -euo pipefail\n" + piece.replace(DEFAULT, server.url)
    done = subprocess.run(
        ["bash", "-c", script],
        capture_output=True, text=True, env=environment, cwd=ROOT, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    if "curl" in piece:
        text, documents = done.stdout, []
        while text:
            document, end = json.JSONDecoder().raw_decode(text)
            documents.append(document)
            text = text[end:].lstrip()
        preset, run = documents
        assert preset["id"] == run["preset"] == "mlp-xor"
        assert (run["state"], run["job"]["optimizer"]["lr"]) == ("waiting", 0.05)


@pytest.mark.slow
def test_python_works(server: Service) -> None:
    (piece,) = pieces("python")
    program = ast.unparse(ast.parse(piece)).replace("Client()", f"Client({server.url!r})")
    environment = os.environ | {"NEURARIUM_DATA": str(server.folder)}
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True, text=True, env=environment, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    curves = ast.literal_eval(done.stdout)
    assert set(curves) <= {"loss", "lr"}
