"""The commands of `neurarium`: one file each, with `add_parser(subparsers)` and `run(args) -> int`."""
