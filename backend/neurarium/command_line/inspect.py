"""`neurarium inspect`: shapes, parameters and operations of a network, without building it."""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from neurarium_models.graph import Graph
from neurarium_models.inspect import Inspection, inspect
from neurarium_models.preset import PRESETS
from neurarium_models.tensor import TensorSpec


def add_parser(subparsers: Any) -> None:
    """Describe the command."""
    parser: argparse.ArgumentParser = subparsers.add_parser(
        "inspect", help="show the sizes of a network", description=__doc__
    )
    parser.add_argument(
        "network", help="a preset, or a file with a graph or a job as JSON (-: standard input)"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print what can be said of the network; the exit status is 1 if it does not work."""
    try:
        graph = read(args.network)
    except (OSError, ValueError) as error:
        sys.stderr.write(f"{complaint(error)}\n")
        return 2
    inspection = inspect(graph)
    write = sys.stdout.write
    write(json.dumps(as_json(inspection)) + "\n" if args.json else table(inspection))
    return 1 if inspection.errors else 0


def read(name: str) -> Graph:
    """Find a network: a preset's, or in a document."""
    if name in list(PRESETS):
        return PRESETS[name].graph
    if name != "-" and not Path(name).exists():
        raise ValueError(f"There is no preset and no file {name}. Presets: {', '.join(PRESETS)}.")
    document = json.loads(sys.stdin.read() if name == "-" else Path(name).read_text("utf-8"))
    if isinstance(document, dict) and "graph" in document:
        document = document["graph"]
    return TypeAdapter(Graph).validate_python(document)


def complaint(error: Exception) -> str:
    """Say in a line or two what is wrong with a document."""
    if isinstance(error, ValidationError):
        places = (f"{'/'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors()[:5])
        return "This is no graph.\n" + "\n".join(places)
    return str(error)


def as_json(inspection: Inspection) -> dict[str, Any]:
    """Write an inspection as JSON, with the shape of the one output, or of each by name, in front."""
    shapes = {
        name: None if spec is None else list(spec.shape)
        for name, spec in inspection.outputs.items()
    }
    only = next(iter(shapes.values())) if len(shapes) == 1 else shapes
    return {"output_shape": only} | inspection.model_dump(mode="json")


def table(inspection: Inspection) -> str:
    """Write an inspection for people."""
    rows = [("node", "layer", "output", "parameters", "FLOPs")]
    for node in inspection.nodes:
        times = f" ×{node.repeat}" if node.repeat > 1 else ""
        out = ", ".join(map(shape, node.outputs.values())) or "?"
        rows.append((node.path + times, node.kind, out, f"{node.parameters:,}", f"{node.flops:,}"))
    rows.append(("all", "", "", f"{inspection.parameters:,}", f"{inspection.flops:,}"))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = [
        "  ".join(
            cell.ljust(width) if i < 3 else cell.rjust(width)
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]
    memory = f"Parameters take {inspection.memory.parameters / 2**20:,.2f} MiB in float32."
    problems = [f"{p.severity}: {p.node or 'network'}: {p.message}" for p in inspection.problems]
    return "\n".join([*lines, memory, *problems]) + "\n"


def shape(spec: TensorSpec) -> str:
    """Write a shape as people do."""
    return str(spec)
