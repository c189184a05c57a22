"""`streamz topics create`: makes a topic, and a log if there is none yet."""

from __future__ import annotations

import argparse

from streamz_core.broker.admin import Admin
from streamz_core.cli.places import open_broker
from streamz_core.cli.talk import say
from streamz_core.cli.words import filled, number

PARTITIONS = 4


def arguments(parser: argparse.ArgumentParser) -> None:
    """What `create` takes."""
    parser.add_argument("topic", type=filled)
    parser.add_argument("--partitions", type=number, default=PARTITIONS, metavar="N")
    parser.add_argument("--cleanup", choices=["delete", "compact"], default="delete")


def execute(given: argparse.Namespace) -> int:
    """Make it; Misuse if it is there already."""
    broker, _ = open_broker(given, create=True)
    with broker:
        topic = Admin(broker).create_topic(given.topic, given.partitions, cleanup=given.cleanup)
    say(f"created topic {topic.name} with {topic.partitions} partitions in {broker.home}")
    return 0
