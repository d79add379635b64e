"""The command `neurarium`."""

import sys


def main() -> int:
    """Say that the command is still to come."""
    sys.stderr.write("neurarium: no command yet\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
