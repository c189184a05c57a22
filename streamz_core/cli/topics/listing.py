"""`streamz topics list`: every topic there is, a line for each."""

from __future__ import annotations

import argparse

from streamz_core.broker.admin import Admin
from streamz_core.cli.columns import add_json, show
from streamz_core.cli.places import open_broker
from streamz_core.topic_config import config_of


def arguments(parser: argparse.ArgumentParser) -> None:
    """What `list` takes."""
    add_json(parser)


def execute(given: argparse.Namespace) -> int:
    """Print them, sorted by name."""
    broker, _ = open_broker(given)
    with broker:
        admin = Admin(broker)
        found = [admin.describe(name) for name in admin.topics()]
    rows = [
        {
            "topic": one.name,
            "partitions": one.partitions,
            "records": sum(one.records),
            "cleanup": config_of(one.config).cleanup_policy,
        }
        for one in found
    ]
    show(("topic", "partitions", "records", "cleanup"), rows, as_json=given.json)
    return 0
