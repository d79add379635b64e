"""The documentation is part of the suite: what is not explained, out of date, or leads nowhere is red."""

import ast
import re
from pathlib import Path

import pytest
from pydantic import BaseModel

from neurarium.datasets import DATASETS
from neurarium.tasks import TASKS
from neurarium.training.ablations import ABLATIONS
from neurarium.training.backwards import BACKWARDS
from neurarium.training.initialisations import INITIALISATIONS
from neurarium.training.losses import LOSSES
from neurarium.training.optimizers import OPTIMIZERS
from neurarium.training.regularisers import REGULARISERS
from neurarium.training.schedules import SCHEDULES
from neurarium_models.layers import LAYERS
from neurarium_models.preset import PRESETS
from tests import documents
from tests.bounds import BOUNDS
from tests.documents import DOCS, PLACE, PLACES, ROOT

TEXTS = [*sorted(DOCS.glob("*.md")), ROOT / "README.md", ROOT / "CONTRIBUTING.md"]
SHELVES: tuple[documents.Shelf, ...] = (
    LAYERS, DATASETS, TASKS, LOSSES, OPTIMIZERS, REGULARISERS, SCHEDULES,
    INITIALISATIONS, BACKWARDS, ABLATIONS,
)  # fmt: skip
ENTRIES = [model for shelf in SHELVES for model in shelf.values()]
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
FILE = re.compile(r"`((?:[\w.-]+/)+[\w.-]+\.(?:py|ts|md|json|svelte|js))`")


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("page", documents.pages(), ids=name)
def test_tables_are_what_the_code_says(page: Path) -> None:
    text = page.read_text("utf-8")
    assert text == documents.renewed(text), f"{name(page)} is out of date. Run: make docs"


def test_a_changed_table_is_seen() -> None:
    text = (DOCS / "learning.md").read_text("utf-8")
    assert documents.renewed(text.replace("### SGD", "### SDG")) == text


def test_every_table_is_on_a_page() -> None:
    found = [place["name"] for page in TEXTS for place in PLACE.finditer(page.read_text("utf-8"))]
    assert sorted(found) == sorted(PLACES)


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.__name__)
def test_every_entry_and_every_setting_is_explained(entry: type[BaseModel]) -> None:
    assert documents.help_of(entry)
    unexplained = [
        key for key, field in documents.fields(entry).items() if not field.get("description")
    ]
    assert not unexplained


def test_no_field_of_a_document_is_left_unexplained() -> None:
    for page in documents.pages():
        empty = [line for line in page.read_text("utf-8").splitlines() if line.endswith("):")]
        assert not [line for line in empty if line.startswith("- `")], name(page)


@pytest.mark.slow
def test_every_bound_in_the_code_is_explained() -> None:
    unexplained = documents.constants() ^ set(BOUNDS)
    assert not unexplained, f"Explain in tests/bounds.py, then: make docs. {unexplained}"


@pytest.mark.parametrize("page", TEXTS, ids=name)
def test_every_link_leads_somewhere(page: Path) -> None:
    for link in LINK.findall(page.read_text("utf-8")):
        if link.startswith(("https://", "http://")):
            continue
        file, _, anchor = link.partition("#")
        target = (page.parent / file) if file else page
        assert target.exists(), link
        if anchor:
            assert anchor in anchors(target.read_text("utf-8")), link


def anchors(text: str) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", TEXTS, ids=name)
def test_every_file_that_is_named_exists(page: Path) -> None:
    inside = [ROOT, ROOT / "backend/neurarium", ROOT / "frontend/src", ROOT / "models"]
    for file in FILE.findall(page.read_text("utf-8")):
        assert any((folder / file).exists() for folder in inside), file


@pytest.mark.parametrize("page", TEXTS, ids=name)
def test_every_make_word_exists(page: Path) -> None:
    words = set(
        re.findall(r"^([a-z-]+):.*## ", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
    )
    named = re.findall(r"(?:^    |`)make ([a-z-]+)", page.read_text("utf-8"), re.MULTILINE)
    assert set(named) <= words


@pytest.mark.parametrize("page", TEXTS, ids=name)
def test_every_preset_that_is_named_exists(page: Path) -> None:
    text = page.read_text("utf-8")
    named = re.findall(r"neurarium (?:train|inspect) ([a-z][\w-]+)", text)
    assert set(named) <= set(PRESETS)


@pytest.mark.parametrize("page", TEXTS, ids=name)
def test_every_piece_of_python_can_be_read(page: Path) -> None:
    for piece in re.findall(r"```python\n(.*?)```", page.read_text("utf-8"), re.DOTALL):
        ast.parse(piece)
