"""`streamz topics describe`: one topic, a line for each partition."""

from __future__ import annotations

import argparse

from streamz_core.broker.admin import Admin
from streamz_core.cli.columns import add_json, show
from streamz_core.cli.places import open_broker
from streamz_core.cli.words import filled


def arguments(parser: argparse.ArgumentParser) -> None:
    """What `describe` takes."""
    parser.add_argument("topic", type=filled)
    add_json(parser)


def execute(given: argparse.Namespace) -> int:
    """Print its partitions; UnknownTopic."""
    broker, _ = open_broker(given)
    with broker:
        found = Admin(broker).describe(given.topic)
    rows = [{"topic": found.name, "partition": p, "end": end} for p, end in enumerate(found.ends)]
    show(("topic", "partition", "end"), rows, as_json=given.json)
    return 0
