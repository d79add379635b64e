"""The commands `serve`, `inspect` and `export`, as a shell sees them."""

import io
import json
import signal
import socket
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from neurarium.__main__ import main
from neurarium.api.settings import Settings
from neurarium.command_line import serve
from tests.backend.api.service import Service, command

GRAPH = {
    "inputs": {"x": {"axes": ["D"], "shape": [2]}},
    "nodes": [{"id": "a", "layer": {"kind": "Linear", "out_features": 3}, "inputs": ["x"]}],
    "outputs": {"y": "a"},
}


def test_inspect_prints_one_json_object(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["inspect", "mlp-megapixel-paper", "--json"]) == 0
    last = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert last["parameters"] == 3_000_001_000
    assert last["flops"] == 2 * 3_000_000 * 1000
    assert last["output_shape"] == [1000]
    assert [node["path"] for node in last["nodes"]] == ["pixels", "output"]


def test_inspect_prints_a_table_for_people(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["inspect", "mlp-circles"]) == 0
    table = capsys.readouterr().out
    assert "hidden1" in table
    assert "37" in table


@pytest.mark.parametrize("document", [GRAPH, {"graph": GRAPH, "steps": 5}])
def test_inspect_reads_files_and_standard_input(
    document: object,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    file = tmp_path / "net.json"
    file.write_text(json.dumps(document))
    assert main(["inspect", str(file), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["parameters"] == 9
    monkeypatch.setattr(sys, "stdin", io.StringIO(json.dumps(document)))
    assert main(["inspect", "-", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["output_shape"] == [3]


def test_inspect_fails_where_the_network_does(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "net.json"
    file.write_text(json.dumps(GRAPH | {"outputs": {"y": "nowhere"}}))
    assert main(["inspect", str(file)]) == 1
    assert "nowhere" in capsys.readouterr().out
    for text in ("{", "[]", '{"nodes": 1}'):
        file.write_text(text)
        assert main(["inspect", str(file)]) == 2
        assert capsys.readouterr().err
    assert main(["inspect", "no-such-preset"]) == 2
    assert "mlp-circles" in capsys.readouterr().err


@pytest.mark.slow
def test_export_writes_a_file(
    server: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = server.client().create("mlp-circles")["id"]
    monkeypatch.chdir(tmp_path)
    where = ["--url", server.url, "--data", str(server.folder)]
    assert main(["export", run, *where]) == 0
    assert (tmp_path / f"{run}.safetensors").stat().st_size > 100
    assert main(["export", run, "--format", "job", "--output", "mine.json", *where]) == 0
    assert json.loads((tmp_path / "mine.json").read_text())["dataset"]["kind"] == "Circles"
    assert main(["export", run, "--format", "pytorch", *where]) == 0
    assert "class MLP(nn.Module):" in (tmp_path / f"{run}.py").read_text()
    assert main(["export", run, "--format", "notebook", *where]) == 0
    assert json.loads((tmp_path / f"{run}.ipynb").read_text())["nbformat"] == 4


def test_export_says_what_went_wrong(server: Service, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["export", "nobody", "--url", server.url, "--data", str(server.folder)]) == 1
    assert "Not found" in capsys.readouterr().err
    assert (
        main(["export", "nobody", "--url", "http://127.0.0.1:1", "--data", str(server.folder)]) == 1
    )
    assert capsys.readouterr().err


def test_serve_refuses_the_open_internet(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["serve", "--public"]) == 2
    assert "TLS" in capsys.readouterr().err


@pytest.mark.slow
def test_a_second_server_on_the_same_folder_is_refused(server: Service) -> None:
    child = subprocess.run(
        command(server.folder), capture_output=True, text=True, check=False, timeout=60
    )
    assert child.returncode == 2
    assert f"process {server.process.pid}" in child.stderr
    assert child.stderr.count("\n") == 1


@pytest.mark.slow
def test_a_port_that_is_taken_is_said_in_a_sentence(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        arguments = command(tmp_path, "--port", port)
        child = subprocess.run(arguments, capture_output=True, text=True, check=False, timeout=60)
    assert child.returncode == 2
    assert "listen" in child.stderr
    assert "Traceback" not in child.stderr


def test_other_computers_need_the_printed_link() -> None:
    lan = Settings(data=Path("x"), host="0.0.0.0", port=9, link="secret")  # noqa: S104
    assert serve.address(lan).endswith(":9/?key=secret")
    assert serve.address(Settings(data=Path("x"))) == "http://127.0.0.1:8000/"
    assert serve.address(Settings(data=Path("x"), host="::1")) == "http://[::1]:8000/"


@pytest.mark.slow
def test_serve_starts_without_torch_says_so_in_a_line_and_stops_in_good_order(
    tmp_path: Path,
) -> None:
    child = subprocess.Popen(
        command(tmp_path),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert child.stdout is not None
    greeting = child.stdout.readline()
    url = next(word for word in greeting.split() if word.startswith("http"))
    try:
        assert httpx.get(f"{url}healthz").status_code == 200
        assert len((tmp_path / "token").read_text().strip()) == 64
        mapped = Path(f"/proc/{child.pid}/maps").read_text()
        assert "libtorch" not in mapped
    finally:
        child.send_signal(signal.SIGTERM)
        out, err = child.communicate(timeout=20)
    assert child.returncode == 0
    assert (out, err) == ("", "")
