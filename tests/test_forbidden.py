"""No way from data to code: names that the sources never use, read from their syntax trees.

Uploads, links and job files come from strangers. Nothing here unpickles, evaluates, or hands a
string to a shell or to the page's HTML parser. Time is read in one module, so that tests can set
it and a clock that jumps cannot hurt.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
CLOCK = Path("backend/neurarium/clock.py")  # the one place where `time.time()` may stand

MODULES = {"pickle", "cPickle", "_pickle", "dill", "cloudpickle", "marshal", "shelve", "joblib"}
CALLS = {
    "eval", "exec", "compile", "__import__",
    "torch.load", "torch.hub.load", "yaml.load", "yaml.unsafe_load", "os.system", "os.popen",
    "subprocess.getoutput", "subprocess.getstatusoutput",
}  # fmt: skip
KEYWORDS = {("shell", True), ("allow_pickle", True), ("weights_only", False)}
PAGE = re.compile(
    r"\b(innerHTML|outerHTML|insertAdjacentHTML|document\.write|srcdoc|eval\(|new Function)|\{@html"
)


def dotted(node: ast.expr) -> str:
    """Spell `a.b.c` as it is written; an empty string for anything else."""
    match node:
        case ast.Name(id=name):
            return name
        case ast.Attribute(value=value, attr=name):
            return f"{dotted(value)}.{name}"
        case _:
            return ""


def imported(node: ast.AST) -> list[str]:
    match node:
        case ast.Import(names=names):
            return [alias.name for alias in names]
        case ast.ImportFrom(module=str(module), names=names):
            return [module, *(f"{module}.{alias.name}" for alias in names)]
        case _:
            return []


def offences(tree: ast.AST, path: Path) -> Iterator[str]:
    """Name each forbidden thing in a module, with its line."""
    for node in ast.walk(tree):
        line = f"{path}:{getattr(node, 'lineno', 0)}"
        for name in imported(node):
            if name.split(".")[0] in MODULES or name in CALLS or name == "time.time":
                yield f"{line} imports {name}"
        if isinstance(node, ast.Call):
            yield from (f"{line} {fault}" for fault in faults(node, path))


def faults(call: ast.Call, path: Path) -> Iterator[str]:
    name = dotted(call.func)
    if name in CALLS:
        yield f"calls {name}"
    if name == "time.time" and path != CLOCK:
        yield f"calls time.time(): only {CLOCK} reads the wall clock"
    for keyword in call.keywords:
        value = keyword.value.value if isinstance(keyword.value, ast.Constant) else None
        if isinstance(value, bool) and (keyword.arg, value) in KEYWORDS:
            yield f"passes {keyword.arg}={value}"


def python_sources() -> list[Path]:
    return sorted(path for root in ("backend", "models") for path in (ROOT / root).rglob("*.py"))


def page_sources() -> list[Path]:
    files = (ROOT / "frontend/src").rglob("*")
    return sorted(path for path in files if path.suffix in {".ts", ".js", ".svelte", ".html"})


def test_python_sources_use_nothing_forbidden() -> None:
    found = [
        offence
        for path in python_sources()
        for offence in offences(ast.parse(path.read_text("utf-8")), path.relative_to(ROOT))
    ]
    assert not found


def test_page_sources_use_nothing_forbidden() -> None:
    found = [
        f"{path.relative_to(ROOT)}: {match.group()}"
        for path in page_sources()
        for match in PAGE.finditer(path.read_text("utf-8"))
    ]
    assert not found


@pytest.mark.parametrize(
    "source",
    [
        "import pickle",
        "from pickle import loads",
        "import torch\ntorch.load('x')",
        "from torch import load",
        "eval('1')",
        "subprocess.run('ls', shell=True)",
        "np.load(file, allow_pickle=True)",
        "time.time()",
        "from time import time",
    ],
)
def test_the_lint_finds_what_it_looks_for(source: str) -> None:
    assert list(offences(ast.parse(source), Path("planted.py")))


def test_the_clock_may_read_the_time() -> None:
    assert not list(offences(ast.parse("time.time()"), CLOCK))
