"""The command `neurarium`."""

import argparse
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
    for found in pkgutil.iter_modules(command_line.__path__):
        importlib.import_module(f"{command_line.__name__}.{found.name}").add_parser(subparsers)
    args = parser.parse_args(arguments)
    try:
        status: int = args.run(args)
    except KeyboardInterrupt:
        return 130
    return status


if __name__ == "__main__":
    sys.exit(main())
