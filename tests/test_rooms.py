"""What the layout promises and no linter holds: the web process without torch, and short files."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
PYTHON_ROOTS = ("backend", "models", "tests", "benchmarks", "frontend")
PAGE_SUFFIXES = {".ts", ".js", ".svelte", ".css"}


def python_files() -> list[Path]:
    return [
        path
        for root in PYTHON_ROOTS
        for path in (ROOT / root).rglob("*.py")
        if "node_modules" not in path.parts
    ]


def page_files() -> list[Path]:
    generated = ROOT / "frontend/src/wire/schema.ts"
    files = (ROOT / "frontend/src").rglob("*")
    return [path for path in files if path.suffix in PAGE_SUFFIXES and path != generated]


def too_long(files: list[Path], limit: int) -> list[str]:
    lengths = {path: len(path.read_text("utf-8").splitlines()) for path in files}
    return [
        f"{path.relative_to(ROOT)}: {lines} lines, at most {limit}"
        for path, lines in sorted(lengths.items())
        if lines > limit
    ]


def web_modules() -> list[str]:
    """Everything that the web process may load: the command, and the whole room `api`."""
    backend = ROOT / "backend"
    files = [backend / "neurarium/__main__.py", *(backend / "neurarium/api").rglob("*.py")]
    names = [".".join(path.relative_to(backend).with_suffix("").parts) for path in files]
    return sorted(name.removesuffix(".__init__") for name in names)


def test_the_web_process_never_imports_torch() -> None:
    imports = "\n".join(f"import {name}" for name in web_modules())
    program = f"{imports}\nimport sys\nsys.exit('torch' in sys.modules)"
    child = subprocess.run([sys.executable, "-c", program], check=False, timeout=60)
    assert child.returncode == 0, "a module of the web process fails, or brings torch with it"


def test_python_files_are_short() -> None:
    assert not too_long(python_files(), 400)


def test_page_files_are_short() -> None:
    assert not too_long(page_files(), 300)
