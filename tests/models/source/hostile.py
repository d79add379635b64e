"""Reads sources of bad intent while a hook listens to everything that Python does; run in a process of its own."""

import sys
from typing import Any

from neurarium_models.preset import PRESETS
from neurarium_models.source import own
from neurarium_models.source.read import read
from neurarium_models.source.write import write

FORBIDDEN = (
    "import",
    "open",
    "exec",
    "os.",
    "subprocess.",
    "socket.",
    "ctypes.",
    "code.",
    "shutil.",
)
HEAD = "import torch\nfrom torch import Tensor, nn\n"
MAKES = "class {}(nn.Module):\n def __init__(self):\n  super().__init__()\n"
NET = f"{HEAD}{MAKES.format('N')}  self.a = nn.Tanh()\n def forward(self, x):\n  return {{}}\n"
EXPRESSIONS = [
    "eval('1')",
    "x.__class__.__mro__[1].__subclasses__()",
    "(lambda: open('/etc/passwd'))()",
    "self.a(x) if open('x') else x",
    "[y for y in ().__class__.__bases__]",
    "getattr(self, 'a')(x)",
    "f'{open(1)}'",
    "torch.load('x')",
    "x @ x",
    "(" * 5000 + "x" + ")" * 5000,
    "-" * 100_000 + "x",
    "x" + "+x" * 90_000,
    "x" + "+x" * 1900,
    "x" + ".a" * 90_000,
    "x" + ".a" * 1900,
    "x" + "[0]" * 60_000,
    "self.a(" * 40 + "x" + ")" * 40,
]
FILES = [
    "import os\nos.system('touch here')",
    "__import__('os').system('true')",
    "@print\nclass N(nn.Module):\n    pass",
    "class N(nn.Module, metaclass=print('x')):\n    pass",
    NET.replace("nn.Tanh()", "nn.Linear(2, 10**10**10)").format("x"),
    NET.replace("nn.Tanh()", f"nn.Linear(2, {'9' * 5000})").format("x"),
    NET.replace("nn.Tanh()", f"nn.Linear(2, {'9' * 4000})").format("self.a(x)"),
    "[" * 100_000,
    "(" * 199_999,
    "a" * 1_000_000,
    "\n" * 1_000_000,
    "x=1\n" * 50_000,
    "\x00",
    "\ud800",
    "\\\n" * 90_000,
    "if 1:\n" + "".join(" " * i + "if 1:\n" for i in range(1, 600)),
    "'" * 199_999,
    '"""' + "x" * 100_000,
    "lambda: " * 20_000,
    "class A(nn.Module):\n def forward(self, x): return x\n" * 4000,
]


def tower(count: int, makes: str, computes: str) -> str:
    """Stack blocks on each other, so that there are exponentially many."""
    text = f"{HEAD}{MAKES.format('B0')}  self.a = nn.Linear(2, 2)\n"
    text += ' def forward(self, x: Annotated[Tensor, {"D": 2}]):\n  x = self.a(x)\n  return x\n'
    for number in range(1, count):
        below = f"B{number - 1}"
        text += MAKES.format(f"B{number}") + makes.replace("BELOW", below)
        text += f' def forward(self, x: Annotated[Tensor, {{"D": 2}}]):\n{computes}  return x\n'
    return text


TWICE = "  self.a = BELOW()\n  self.b = BELOW()\n"
OFTEN = "  self.a = nn.ModuleList(BELOW() for _ in range(1024))\n"
TOWERS = [
    tower(500, TWICE, "  x = self.a(x)\n  x = self.b(x)\n"),
    tower(31, OFTEN, "  for b in self.a:\n   x = b(x)\n"),
    tower(100, OFTEN, "  for b in self.a:\n   x = b(x)\n"),
]


def main() -> None:
    """Print for each text whether it is a network, and what is said; fail if anything was done beside reading."""
    for name in own.pieces():
        own.shape(name)
    for id in ("mlp-circles", "lenet5-paper"):  # pydantic finishes its classes at their first use
        if not read(write(PRESETS[id].graph).text).graph:
            sys.exit("A preset was not understood.")
    seen: list[tuple[str, str]] = []

    def hear(event: str, args: tuple[Any, ...]) -> None:
        if event.startswith(FORBIDDEN):
            seen.append((event, str(args)[:80]))

    sys.addaudithook(hear)
    for text in (*(NET.format(expression) for expression in EXPRESSIONS), *FILES, *TOWERS):
        reading = read(text)
        said = [problem.message[:90] for problem in reading.problems[:1]]
        sys.stdout.write(f"{len(text)} {reading.graph is not None} {said}\n")
    # Where a syntax error spans lines, Python itself looks for the file that the text might be from.
    done = [
        (event, args) for event, args in seen if (event, args[:13]) != ("open", "('<unknown>',")
    ]
    if done:
        sys.exit(f"More was done than reading: {done}")
    exec("pass")  # noqa: S102, the negative control: the hook hears
    if not any(event == "exec" for event, _ in seen):
        sys.exit("The hook hears nothing.")


if __name__ == "__main__":
    main()
