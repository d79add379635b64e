"""The speed table of this machine: every question of this folder, or some. `neurarium bench` calls it."""

import argparse
import importlib
import json
import pkgutil
import sys
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent.parent))  # started as a file, not as a module

import benchmarks
from benchmarks.race import Race, table


def questions() -> list[str]:
    """Name all files that let something race."""
    names = [found.name for found in pkgutil.iter_modules(benchmarks.__path__)]
    return [name for name in names if name not in ("convnetjs", "race", "run")]


def on_cards() -> list[str]:
    """Name those that ask something of a graphics card too."""
    return [
        n for n in questions() if hasattr(importlib.import_module(f"benchmarks.{n}"), "on_card")
    ]


def run(names: list[str], *, as_json: bool, device: str = "cpu") -> int:
    """Let all race and print what came out; the exit status is 1 if a target was missed."""
    found: list[Race] = []
    for name in names:
        module = importlib.import_module(f"benchmarks.{name}")
        for race in module.races() if device == "cpu" else module.on_card(device):
            sys.stderr.write(f"{race.name}: {race.ratio:.2f}\n")
            found.append(race)
    if as_json:
        targets = {race.name: race.as_json() for race in found}
        print(json.dumps({"targets": targets}, allow_nan=False))
    else:
        print(table(found))
    return 0 if all(race.is_met for race in found) else 1


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    sys.exit(run(args.names or questions(), as_json=args.json))
