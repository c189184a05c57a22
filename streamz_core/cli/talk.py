"""What the command line says to people: on stderr."""

from __future__ import annotations

import logging
import sys


def say(text: str, *notes: str) -> None:
    """One sentence, and what belongs to it below."""
    print(f"streamz: {text}", file=sys.stderr)
    for note in notes:
        print(f"  {note}", file=sys.stderr)
    sys.stderr.flush()


def configure_logging(*, quiet: bool) -> None:
    """Text on stderr, unless the app's module has configured something else. Only `run` does this."""
    logging.basicConfig(
        stream=sys.stderr,
        format="%(asctime)s %(levelname)s %(name)s[%(process)d] %(message)s",
        level=logging.WARNING,
    )
    logging.getLogger("streamz").setLevel(logging.WARNING if quiet else logging.INFO)
