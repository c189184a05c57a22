"""`streamz topics create`: makes a topic, and a log if there is none yet."""

from __future__ import annotations

import argparse

from streamz_core.app import App
from streamz_core.broker.admin import Admin
from streamz_core.cli.places import open_broker
from streamz_core.cli.talk import say
from streamz_core.cli.words import filled, number, pair
from streamz_core.runtime.topics import external_topics

PARTITIONS = 4


def arguments(parser: argparse.ArgumentParser) -> None:
    """What `create` takes."""
    parser.add_argument("topic", type=filled)
    parser.add_argument(
        "--partitions",
        type=number,
        metavar="N",
        help=f"default: as the app says (--app), and {PARTITIONS} without one",
    )
    parser.add_argument(
        "--cleanup", choices=["delete", "compact"], help="short for --config cleanup.policy="
    )
    parser.add_argument(
        "--config",
        action="append",
        default=[],
        type=pair,
        metavar="NAME=VALUE",
        help="retention.ms, segment.bytes, compression.type, ...; may be given several times",
    )


def execute(given: argparse.Namespace) -> int:
    """Make it; Misuse if it is there already."""
    broker, app = open_broker(given, create=True)
    with broker:
        count = _partitions(app, given.topic) if given.partitions is None else given.partitions
        topic = Admin(broker).create_topic(
            given.topic, count, cleanup=given.cleanup, config=dict(given.config)
        )
    say(f"created topic {topic.name} with {topic.partitions} partitions in {broker.home}")
    return 0


def _partitions(app: App | None, topic: str) -> int:
    """As many as the topic would have if the app made it."""
    if app is None:
        return PARTITIONS
    said = {ref.name: ref.partitions for ref in external_topics(app.build())}
    return said.get(topic) or app.config().topic_partitions
