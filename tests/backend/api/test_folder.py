"""F-21: one server on one data folder."""

import subprocess
import sys
from pathlib import Path

import pytest

from neurarium.api.folder import FolderInUseError, data_folder, locked


def test_the_folder_is_chosen_or_from_the_environment_or_the_systems(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("NEURARIUM_DATA", str(tmp_path / "env"))
    assert data_folder(tmp_path) == tmp_path
    assert data_folder() == tmp_path / "env"
    monkeypatch.delenv("NEURARIUM_DATA")
    assert data_folder().name == "neurarium"


def test_a_second_server_is_kept_out_until_the_first_has_gone(tmp_path: Path) -> None:
    with locked(tmp_path):
        with pytest.raises(FolderInUseError) as other, locked(tmp_path):
            pass
        assert other.value.args[0].isdigit()
    with locked(tmp_path):
        pass


def test_a_lock_ends_with_its_process_however_that_ends(tmp_path: Path) -> None:
    program = (
        "import os, pathlib, sys\nfrom neurarium.api.folder import locked\n"
        "with locked(pathlib.Path(sys.argv[1])): os.kill(os.getpid(), 9)"
    )
    child = subprocess.run([sys.executable, "-c", program, str(tmp_path)], check=False, timeout=60)
    assert child.returncode == -9
    with locked(tmp_path):
        pass
