"""`streamz topology APP`: the plan as text."""

from __future__ import annotations

import argparse
import sys

from streamz_core.cli.loading import load_app
from streamz_core.cli.places import add_app
from streamz_core.topology.plan import make_plan


def arguments(parser: argparse.ArgumentParser) -> None:
    """What `topology` takes."""
    add_app(parser)


def execute(given: argparse.Namespace) -> int:
    """Print it, and on stderr what was chosen where the app does not say; nothing is opened."""
    graph = load_app(given.app).build()
    print(make_plan(graph).describe())
    for note in graph.notes:
        print(f"note: {note}", file=sys.stderr)
    return 0
