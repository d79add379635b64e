"""`neurarium bench`: how fast this machine trains, beside the bare loop of a textbook."""

import argparse
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[3]
"""The source checkout: measurements are no part of what is installed."""


def add_parser(subparsers: Any) -> None:
    """Describe the command."""
    parser: argparse.ArgumentParser = subparsers.add_parser(
        "bench", help="measure speed against bare PyTorch", description=__doc__
    )
    parser.add_argument(
        "names", nargs="*", metavar="NAME", help="which: a file of the folder benchmarks (all)"
    )
    parser.add_argument("--device", default="cpu", help="cpu, or a graphics card: cuda, cuda:1")
    parser.add_argument("--json", action="store_true", help="end with one JSON object")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Let the benchmarks race; the exit status is 1 if a target was missed."""
    if not (ROOT / "benchmarks" / "run.py").is_file():
        sys.stderr.write(
            "The benchmarks come with the source code of Neurarium; here is only the program.\n"
        )
        return 2
    sys.path.insert(0, str(ROOT))
    table = import_module("benchmarks.run")
    known = table.questions()
    unknown = [name for name in args.names if name not in known]
    if unknown:
        sys.stderr.write(f"There is no benchmark {unknown[0]}. There are: {', '.join(known)}.\n")
        return 2
    if args.device != "cpu":
        return _on_card(table, args)
    status: int = table.run(args.names or known, as_json=args.json)
    return status


def _on_card(table: Any, args: argparse.Namespace) -> int:
    """Let those race that ask something of a graphics card; the exit status is 2 where there is none."""
    from neurarium.training.check import JobError
    from neurarium.training.device import choose

    able = table.on_cards()
    unable = [name for name in args.names if name not in able]
    try:
        device = choose(args.device)
        problem = (
            f"{unable[0]} asks nothing of a graphics card. These do: {', '.join(able)}."
            if unable
            else ""
        )
        problem = (
            problem if device.type == "cuda" else "There are measurements for `cpu` and `cuda`."
        )
    except (JobError, RuntimeError) as trouble:
        problem = str(trouble).partition("\n")[0]
    if problem:
        sys.stderr.write(f"{problem}\n")
        return 2
    status: int = table.run(args.names or able, as_json=args.json, device=args.device)
    return status
