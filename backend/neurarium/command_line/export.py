"""`neurarium export`: take a run of a server home, as a file."""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

import httpx

from neurarium.client import Client, ProblemError

ENDINGS = {"safetensors": "safetensors", "job": "json", "pytorch": "py", "notebook": "ipynb"}
GRAPH = "graph"
"""The computational graph of the next step: no file of the run's own, but captured on request."""


def add_parser(subparsers: Any) -> None:
    """Describe the command."""
    parser: argparse.ArgumentParser = subparsers.add_parser(
        "export", help="download a run from a server", description=__doc__
    )
    parser.add_argument("id", metavar="RUN", help="id of the run, as in the page's address")
    parser.add_argument(
        "--format", choices=sorted([*ENDINGS, GRAPH]), default="safetensors", help="(safetensors)"
    )
    parser.add_argument(
        "--output", type=Path, help="file to write (RUN.FORMAT; -: standard output)"
    )
    parser.add_argument(
        "--url", default="http://127.0.0.1:8000", help="the server (http://127.0.0.1:8000)"
    )
    parser.add_argument("--data", type=Path, help="data folder of the server, where its token is")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Write the file and say so."""
    ending = ENDINGS.get(args.format, f"{GRAPH}.json")
    output: Path = args.output or Path(f"{args.id}.{ending}")
    try:
        with Client(args.url, data=args.data) as client:
            content = (
                json.dumps(client.graph(args.id)).encode()
                if args.format == GRAPH
                else client.export(args.id, args.format)
            )
    except (ProblemError, httpx.HTTPError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    if str(output) == "-":
        sys.stdout.buffer.write(content)
        return 0
    output.write_bytes(content)
    sys.stdout.write(f"{output}: {len(content):,} bytes\n")
    return 0
