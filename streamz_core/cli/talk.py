"""What the command line says to people: on stderr."""

from __future__ import annotations

import logging
import sys
from contextlib import suppress


def say(text: str, *notes: str) -> None:
    """One sentence, and what belongs to it below; nothing if nobody listens."""
    with suppress(OSError):
        print(f"streamz: {text}", *(f"  {note}" for note in notes), sep="\n", file=sys.stderr)
        sys.stderr.flush()


def configure_logging(*, quiet: bool) -> None:
    """Text on stderr, unless the app's module has configured something else. Only `run` does this."""
    logging.basicConfig(
        stream=sys.stderr,
        format="%(asctime)s %(levelname)s %(name)s[%(process)d] %(message)s",
        level=logging.WARNING,
    )
    logging.getLogger("streamz").setLevel(logging.WARNING if quiet else logging.INFO)
