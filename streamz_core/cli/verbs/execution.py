"""Commands that destroy something: without --execute they only say what they would do."""

from __future__ import annotations

import argparse

from streamz_core.cli.talk import say


def add_execute(parser: argparse.ArgumentParser) -> None:
    """--execute, for commands that destroy something."""
    parser.add_argument(
        "--execute",
        dest="execution",
        action="store_true",
        help="do it; without this it is only said what would be",
    )


def told(given: argparse.Namespace, done: str, otherwise: str) -> int:
    """Say on stderr that it was done, or how it is: `otherwise` goes before "add --execute". 0."""
    say(done if given.execution else f"nothing was changed; {otherwise}, add --execute")
    return 0
