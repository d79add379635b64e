"""The tables of the documentation, made from the code: `make docs` writes them, `test_docs.py` holds them.

A page has marked places, each of which is filled by the function of its name:

    <!-- made from the code: losses -->
    ...
    <!-- end -->
"""

import argparse
import ast
import importlib
import re
import sys
from collections.abc import Callable, Iterable, Mapping
from inspect import getdoc
from pathlib import Path
from typing import Any, get_args

from fastapi.routing import APIRoute, APIWebSocketRoute
from pydantic import BaseModel

from neurarium.api.app import create_app
from neurarium.api.problems import CODES
from neurarium.api.routes.catalogue import entries
from neurarium.api.routes.presets import all_presets
from neurarium.api.settings import Settings
from neurarium.datasets import DATASETS
from neurarium.plane import PointEdit
from neurarium.sessions import limits
from neurarium.tasks import TASKS
from neurarium.training.ablations import ABLATIONS
from neurarium.training.backwards import BACKWARDS
from neurarium.training.command import AnyCommand
from neurarium.training.initialisations import INITIALISATIONS
from neurarium.training.job import Batch, Job
from neurarium.training.losses import LOSSES
from neurarium.training.optimizers import OPTIMIZERS
from neurarium.training.regularisers import REGULARISERS
from neurarium.training.schedules import SCHEDULES
from neurarium.training.tamper import Tamper
from neurarium_models.graph import Block, Body, Graph, Node
from neurarium_models.layers import LAYERS
from neurarium_models.tensor import TensorSpec
from tests.bounds import BOUNDS

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
PLACE = re.compile(
    r"(<!-- made from the code: (?P<name>[a-z ]+) -->\n).*?(<!-- end -->)", re.DOTALL
)
Shelf = Mapping[str, type[BaseModel]]
Fields = dict[str, dict[str, Any]]

EXPLAINED = {
    "Body.inputs": "Names of what comes in.",
    "Body.nodes": "Layers and blocks, in any order.",
    "Body.outputs": "What goes out.",
    "EditPoint.point": "[The whole state of the point](datasets.md#a-point-that-a-person-touched).",
    "Job.dataset": "What is learned from: [data](datasets.md).",
    "Job.graph": "The network: [layers and graphs](layers.md).",
    "Job.loss": "What a mistake costs.",
    "Job.optimizer": "How gradients become changes of weights.",
    "Job.regulariser": "What large weights cost.",
    "Job.schedule": "How the learning rate changes as steps go by.",
    "Job.task": "What is asked of the network: [tasks](tasks.md).",
    "SetWeight.value": "What it is to be.",
    "EditGraph.graph": "The network as it is to be: [layers and graphs](layers.md).",
}
"""Fields that are one of a shelf, or speak for themselves where they are written."""


# --- settings in words ---


def number(value: float) -> str:
    """Write a bound as people do: powers of two by their exponents."""
    whole = int(value)
    if whole != value:
        return f"{value:g}"
    if whole > 2**20 and whole.bit_count() == 1:
        return f"2^{whole.bit_length() - 1}"
    return f"2^{whole.bit_length()} - 1" if whole == 2**53 - 1 else f"{whole:,}"


def default(field: Mapping[str, Any]) -> str:
    """Write what a setting is when nobody sets it."""
    if "default" not in field:
        return "has to be given"
    value = field["default"]
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, int) and not isinstance(value, bool):
        return number(value)
    if isinstance(value, str) and "\n" in value:
        value = f"{len(value.splitlines())} lines to begin with"
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "empty"
    if isinstance(value, dict):
        return ", ".join(f"`{name}` {item}" for name, item in value.items()) or "empty"
    return {None: "none", True: "yes", False: "no", "": "empty"}.get(value, str(value))


def bounds(field: Mapping[str, Any]) -> str:
    """Write between which values a setting lies, or which there are to choose from."""
    if "anyOf" in field:
        found = (bounds(option) for option in field["anyOf"] if option.get("type") != "string")
        return next(filter(None, found), "")
    if "enum" in field:
        return ", ".join(f"`{value}`" for value in field["enum"])
    if "items" in field:
        return bounds(field["items"])
    low, high = field.get("minimum"), field.get("maximum")
    above, below = field.get("exclusiveMinimum"), field.get("exclusiveMaximum")
    parts = [
        f"above {number(above)}" if above is not None else "",
        f"from {number(low)}" if low is not None else "",
        f"below {number(below)}" if below is not None else "",
        f"to {number(high)}" if high is not None else "",
    ]
    return " ".join(filter(None, parts))


def setting(name: str, field: Mapping[str, Any]) -> str:
    """Write one setting as an item of a list."""
    facts = "; ".join(filter(None, [default(field), bounds(field)]))
    return f"- `{name}` ({facts}): {field.get('description', '')}"


def fields(model: type[BaseModel]) -> Fields:
    """Read the settings of a model from its JSON Schema, references resolved by one step."""
    schema = model.model_json_schema()
    known = schema.get("$defs", {})
    if "$ref" in schema:  # a document that may hold others of its kind
        schema = known[schema["$ref"].rpartition("/")[2]]
    found: Fields = {}
    for name, field in schema.get("properties", {}).items():
        if "const" not in field:
            named = known.get(field.get("$ref", "").rpartition("/")[2], {})
            said = EXPLAINED.get(f"{model.__name__}.{name}")
            found[name] = named | field | ({"description": said} if said else {})
    return found


def help_of(model: type) -> str:
    """Read a docstring as one paragraph."""
    return " ".join((getdoc(model) or "").split())


def common(shelf: Shelf) -> Fields:
    """Find the settings that most of a shelf's entries have, each as most of them have it."""
    every: dict[str, list[dict[str, Any]]] = {}
    for model in shelf.values():
        for name, field in fields(model).items():
            every.setdefault(name, []).append(field)
    found = {name: met for name, met in every.items() if len(met) > len(shelf) / 2}
    return {
        name: max(met, key=lambda field: sum(default(field) == default(other) for other in met))
        for name, met in found.items()
    }


def described(shelf: Shelf, shared: Fields) -> str:
    """Write a shelf: what most entries share, then each entry with what is its own."""
    lines: list[str] = []
    if shared:
        lines += ["Most have these settings:", ""]
        lines += [*(setting(name, field) for name, field in shared.items()), ""]
    for entry in entries(shelf):
        kind, title = entry["kind"], entry["title"]
        model, own = shelf[kind], fields(shelf[kind])
        lines += [f"### {kind}" + ("" if title.lower() == kind.lower() else f" ({title})"), ""]
        lines += [help_of(model), *_formula(model), ""]
        listed = [
            setting(name, field)
            for name, field in own.items()
            if name not in shared or default(field) != default(shared[name])
        ]
        listed += _variants(model)
        lines += [*listed, ""] if listed else []
    return "\n".join(lines)


def _formula(model: type) -> list[str]:
    told = [getattr(model, name, None) for name in ("formula", "mistake")]
    return [line for each in told if each for line in ("", f"$${each}$$")]


def _variants(model: type) -> list[str]:
    variants: Mapping[str, Mapping[str, Any]] = getattr(model, "variants", {})
    return [
        f"- {name}: " + ", ".join(f"`{key}` {default({'default': v})}" for key, v in chosen.items())
        for name, chosen in variants.items()
    ]


def models(*documents: type[BaseModel]) -> str:
    """Write the fields of documents."""
    lines: list[str] = []
    for model in documents:
        lines += [f"### {model.__name__}", "", help_of(model), ""]
        lines += [setting(name, field) for name, field in fields(model).items()]
        lines.append("")
    return "\n".join(lines)


def table(head: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    """Write a table."""
    names = list(head)
    lines = [names, ["---"] * len(names), *(list(map(str, row)) for row in rows)]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines)


# --- the places ---


def layers() -> str:
    """Write the layers, by the file that they are in: one file, one family."""
    families: dict[str, dict[str, type[BaseModel]]] = {}
    for kind, layer in LAYERS.items():
        families.setdefault(layer.__module__.rpartition(".")[2], {})[kind] = layer
    return "\n".join(
        f"## {family.capitalize()}\n\n{described(shelf, {})}"
        for family, shelf in sorted(families.items())
    )


def presets() -> str:
    """Write the presets."""
    lines = []
    for preset in all_presets().items:
        job = preset.job
        data = f"data `{job.dataset.kind}`, " if job else "to look at only, "
        lines += [f"### {preset.id}", "", f"**{preset.title}.** {preset.summary}", ""]
        lines += [f"{preset.size.capitalize()}, {data}{preset.parameters:,} parameters."]
        lines += [f"{preset.source}.", ""]
    return "\n".join(lines)


def routes() -> str:
    """Write the routes of the interface, in their order."""
    app = create_app(Settings(data=Path("unused")))
    rows = []
    for route in app.router.routes:
        if isinstance(route, APIRoute):
            summary = (getdoc(route.endpoint) or "").partition("\n")[0]
            rows += [
                (f"`{method} {route.path}`", summary) for method in sorted(route.methods or ())
            ]
        elif isinstance(route, APIWebSocketRoute):
            rows.append((f"`WEBSOCKET {route.path}`", "[The socket](protocol.md) of a page."))
    return table(("route", "what"), rows)


def problems() -> str:
    """Write the codes of problems."""
    rows = [(f"`{name}`", code.status, code.title, code.help) for name, code in CODES.items()]
    return table(("code", "status", "title", "what to do"), rows)


def commands() -> str:
    """Write the commands with their options."""
    from neurarium import command_line

    lines: list[str] = []
    parser = argparse.ArgumentParser()
    subparsers = parser.add_subparsers()
    for file in sorted(Path(command_line.__path__[0]).glob("[a-z]*.py")):
        module = importlib.import_module(f"{command_line.__name__}.{file.stem}")
        if hasattr(module, "add_parser"):
            module.add_parser(subparsers)
    for name, command in subparsers.choices.items():
        what = " ".join((command.description or "").partition(": ")[2].split())
        lines += [f"### neurarium {name}", "", what[:1].upper() + what[1:], ""]
        lines += [f"- {_option(action)}" for action in command._actions if _is_told(action)]
        lines.append("")
    return "\n".join(lines)


def _is_told(action: argparse.Action) -> bool:
    return action.help != argparse.SUPPRESS and action.dest != "help"


def _option(action: argparse.Action) -> str:
    names = ", ".join(f"`{name}`" for name in action.option_strings)
    names = names or f"`{action.metavar or action.dest}`"
    choices = (
        f" ({', '.join(f'`{choice}`' for choice in action.choices)})" if action.choices else ""
    )
    return f"{names}{choices}: {action.help}"


def bounds_of_the_house() -> str:
    """Write every limit: those of sessions, which know their meaning, and all others."""
    rows: list[tuple[object, ...]] = [
        (f"`{name}`", f"{limit:,}", limit.of, limit.policy) for name, limit in limits.TABLE.items()
    ]
    for path, what in BOUNDS.items():
        module, _, name = path.rpartition(".")
        value = getattr(importlib.import_module(module), name)
        rows.append((f"`{path}`", number(value), what, "refused" if "MAXIMUM" in name else ""))
    return table(("limit", "value", "of", "beyond it"), rows)


def constants() -> set[str]:
    """Find the bounds that stand in the code."""
    found = set()
    for root in (ROOT / "backend", ROOT / "models"):
        for file in root.rglob("*.py"):
            module = ".".join(file.relative_to(root).with_suffix("").parts)
            for node in ast.parse(file.read_text("utf-8")).body:
                if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
                    name = node.targets[0].id
                    if name.startswith(("MAXIMUM", "LARGEST")):
                        found.add(f"{module}.{name}")
    return found


PLACES: dict[str, Callable[[], str]] = {
    "layers": layers,
    "graph": lambda: models(Graph, Node, Block, Body, TensorSpec),
    "datasets": lambda: described(DATASETS, common(DATASETS)),
    "points": lambda: models(PointEdit),
    "tasks": lambda: described(TASKS, common(TASKS)),
    "job": lambda: models(Job, Batch),
    "changes": lambda: models(*get_args(get_args(AnyCommand)[0])),
    "losses": lambda: described(LOSSES, common(LOSSES)),
    "tampering": lambda: models(*get_args(get_args(Tamper)[0])),
    "ablations": lambda: described(ABLATIONS, {}),
    "backwards": lambda: described(BACKWARDS, common(BACKWARDS)),
    "regularisers": lambda: described(REGULARISERS, common(REGULARISERS)),
    "optimizers": lambda: described(OPTIMIZERS, common(OPTIMIZERS)),
    "initialisations": lambda: described(INITIALISATIONS, common(INITIALISATIONS)),
    "schedules": lambda: described(SCHEDULES, common(SCHEDULES)),
    "presets": presets,
    "routes": routes,
    "problems": problems,
    "commands": commands,
    "limits": bounds_of_the_house,
}


def renewed(text: str) -> str:
    """Fill all places of a page."""
    return PLACE.sub(
        lambda place: f"{place[1]}\n{PLACES[place['name']]().strip()}\n\n{place[3]}", text
    )


def pages() -> list[Path]:
    """List the pages that have such places."""
    return [page for page in sorted(DOCS.glob("*.md")) if PLACE.search(page.read_text("utf-8"))]


def main() -> None:
    """Renew every page."""
    for page in pages():
        page.write_text(renewed(page.read_text("utf-8")), "utf-8")
        sys.stdout.write(f"{page.relative_to(ROOT)}\n")


if __name__ == "__main__":
    main()
