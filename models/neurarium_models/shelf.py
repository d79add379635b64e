"""A shelf is a folder of one-idea files: what may be picked is which files are there.

There is no registry. `discover` imports the modules of a package and lists the final subclasses of the
shelf's contract by their `kind`; dropping a file in is the only edit that a new entry needs.
"""

import importlib
import operator
import pkgutil
from functools import reduce
from inspect import isabstract
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, Field

Entry = TypeVar("Entry", bound=BaseModel)


def discover(package: str, contract: type[Entry]) -> dict[str, type[Entry]]:
    """List the entries of a shelf by `kind`, in alphabetical order; a kind that occurs twice raises ValueError."""
    shelf: dict[str, type[Entry]] = {}
    path = importlib.import_module(package).__path__
    for found in pkgutil.iter_modules(path, f"{package}."):
        module = importlib.import_module(found.name)
        for entry in vars(module).values():
            if not (isinstance(entry, type) and issubclass(entry, contract)) or isabstract(entry):
                continue
            if entry.__module__ != found.name or "kind" not in entry.model_fields:
                continue
            kind = entry.model_fields["kind"].default
            if shelf.setdefault(kind, entry) is not entry:
                raise ValueError(
                    f"{kind} is on the shelf {package} twice: in {shelf[kind].__module__} and {found.name}."
                )
    return dict(sorted(shelf.items()))


def one_of(shelf: dict[str, type[Entry]]) -> Any:
    """Return the union of a shelf's entries, told apart by `kind`: the type of a field that holds any of them."""
    union = reduce(operator.or_, shelf.values())
    return Annotated[union, Field(discriminator="kind")] if len(shelf) > 1 else union
