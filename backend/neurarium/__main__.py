"""The command `neurarium`."""

import argparse
import gc
import importlib
import pkgutil
import sys

from neurarium import command_line


def main(arguments: list[str] | None = None) -> int:
    """Run one of the commands; its exit status is 0 if all went well."""
    parser = argparse.ArgumentParser(
        prog="neurarium", description="Neural networks that train live, in the browser and here."
    )
    subparsers = parser.add_subparsers(required=True, metavar="COMMAND")
    given = sys.argv[1:] if arguments is None else arguments
    names = [found.name for found in pkgutil.iter_modules(command_line.__path__)]
    # Only the command that is wanted is loaded: the server starts without what training needs. What is loaded stays:
    # to look through it for garbage, now and at the end, would take a third of the time.
    gc.disable()
    for name in [name for name in names if name in given[:1]] or names:
        importlib.import_module(f"{command_line.__name__}.{name}").add_parser(subparsers)
    gc.freeze()
    gc.enable()
    args = parser.parse_args(given)
    try:
        status: int = args.run(args)
    except KeyboardInterrupt:
        return 130
    return status


if __name__ == "__main__":
    sys.exit(main())
