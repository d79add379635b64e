"""What may be picked is which files are there."""

import sys
from pathlib import Path

import pytest
from pydantic import TypeAdapter, ValidationError

from neurarium_models.layer import Layer
from neurarium_models.layers import LAYERS
from neurarium_models.shelf import discover, one_of

LAYER = """
from typing import Literal
from neurarium_models.layers.activation import Activation

class {name}(Activation):
    kind: Literal["{kind}"] = "{kind}"
    def build(self, x):
        raise NotImplementedError
"""


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "guest_shelf"
    folder.mkdir()
    (folder / "__init__.py").touch()
    monkeypatch.syspath_prepend(str(tmp_path))
    for name in [name for name in sys.modules if name.startswith("guest_shelf")]:
        monkeypatch.delitem(sys.modules, name)
    return folder


def test_a_file_is_all_that_a_new_entry_needs(shelf: Path) -> None:
    (shelf / "wave.py").write_text(LAYER.format(name="Wave", kind="Wave"))
    (shelf / "bump.py").write_text(LAYER.format(name="Bump", kind="Bump"))
    found = discover("guest_shelf", Layer)
    assert list(found) == ["Bump", "Wave"]
    adapter: TypeAdapter[Layer] = TypeAdapter(one_of(found))
    assert type(adapter.validate_python({"kind": "Bump"})) is found["Bump"]
    with pytest.raises(ValidationError):
        adapter.validate_python({"kind": "Activation"})


def test_one_name_is_one_entry(shelf: Path) -> None:
    (shelf / "wave.py").write_text(LAYER.format(name="Wave", kind="Wave"))
    (shelf / "again.py").write_text(LAYER.format(name="Again", kind="Wave"))
    with pytest.raises(
        ValueError, match=r"Wave is on the shelf guest_shelf twice: in guest_shelf\.again and"
    ):
        discover("guest_shelf", Layer)


def test_abstract_and_borrowed_classes_are_no_entries() -> None:
    assert not {"Layer", "Weightless", "Activation", "BatchNorm", "Pool", "Cellwise"} & set(LAYERS)
    assert list(LAYERS) == sorted(LAYERS)
