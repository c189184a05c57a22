"""`streamz topology APP`: the plan as text."""

from __future__ import annotations

import argparse

from streamz_core.cli.loading import load_app
from streamz_core.topology.plan import make_plan


def arguments(parser: argparse.ArgumentParser) -> None:
    """What `topology` takes."""
    parser.add_argument(
        "app", metavar="APP", help="app.py, app.py:app, pkg.mod:app, pkg.mod:make()"
    )


def execute(given: argparse.Namespace) -> int:
    """Print it; nothing is opened or made."""
    print(make_plan(load_app(given.app).build()).describe())
    return 0
