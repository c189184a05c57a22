"""`streamz groups reset-offsets` and `delete`: a group of consumers goes on elsewhere, or is no more."""

from __future__ import annotations

import argparse
from typing import Any

from streamz_core.broker.admin import Admin
from streamz_core.broker.operating.groups import plan_offsets
from streamz_core.broker.operating.targets import current
from streamz_core.cli.columns import add_json, show
from streamz_core.cli.groups.targets import add_targets, target_of
from streamz_core.cli.places import open_broker
from streamz_core.cli.talk import say
from streamz_core.cli.verbs.execution import add_execute, told
from streamz_core.cli.words import filled
from streamz_core.errors import Misuse

COLUMNS = ("group", "topic", "partition", "current-offset", "new-offset")


def arguments(parser: argparse.ArgumentParser) -> None:
    """What `reset-offsets` takes."""
    parser.add_argument("group", type=filled)
    parser.add_argument(
        "--topic",
        dest="topics",
        action="append",
        type=filled,
        metavar="TOPIC[:P,P]",
        help="a topic, or some of its partitions; may be given several times (default: all it committed in)",
    )
    add_targets(parser, "at the first record there is", required=True, stay=True)
    add_json(parser)
    add_execute(parser)


def execute(given: argparse.Namespace) -> int:
    """Say where it goes on; move it with --execute. Misuse for an app, and while a member lives."""
    broker, _ = open_broker(given)
    with broker:
        target = target_of(given, broker.env.now_ms(), current)
        only = None if given.topics is None else _only(given.topics)
        wanted = plan_offsets(broker.backend, given.group, target, only)
        rows: list[dict[str, Any]] = [
            dict(zip(COLUMNS, (given.group, *where, *_shown(at, to, given)), strict=True))
            for where, (at, to) in wanted.items()
        ]
        show(COLUMNS, rows, as_json=given.json)
        _warn(given, wanted)
        if given.execution:
            admin = Admin(broker)
            admin.reset_offsets(given.group, {where: to for where, (_, to) in wanted.items()})
    return told(given, f"group {given.group} goes on there", "to move the group")


def delete_arguments(parser: argparse.ArgumentParser) -> None:
    """What `delete` takes."""
    parser.add_argument("groups", nargs="+", type=filled, metavar="GROUP")
    add_execute(parser)


def delete(given: argparse.Namespace) -> int:
    """Say where they stand; forget them with --execute. Misuse for an app, and while a member lives."""
    broker, _ = open_broker(given)
    with broker:
        admin = Admin(broker)
        for found in [admin.describe_group(name) for name in given.groups]:
            count = len(found.parts)
            print(f"{found.name}: {count} partitions, {found.lag} offsets behind, {found.state}")
        for name in given.groups if given.execution else ():
            admin.delete_group(name)
    groups = ", ".join(given.groups)
    return told(given, f"deleted {groups}", "to forget where these groups stand")


def _only(words: list[str]) -> dict[str, list[int]]:
    """The partitions of each topic that are meant; none: all."""
    found: dict[str, list[int]] = {}
    for word in words:
        topic, colon, parts = word.partition(":")
        numbers = parts.split(",") if colon else []
        if not all(each.isascii() and each.isdigit() for each in numbers):
            raise Misuse(f"--topic {word}: write TOPIC, or TOPIC:0,1")
        found.setdefault(topic, []).extend(map(int, numbers))
    return found


def _shown(at: Any, to: Any, given: argparse.Namespace) -> tuple[Any, Any]:
    return (at, to) if given.json else ("-" if at is None else at, to)


def _warn(given: argparse.Namespace, wanted: dict[tuple[str, int], Any]) -> None:
    """Where the offset that was asked for is not there."""
    for (topic, partition), (at, to) in wanted.items():
        asked = given.to_offset
        if given.shift_by is not None and at is not None:
            asked = at + given.shift_by
        if asked is not None and asked != to:
            say(f"{topic}[{partition}] has no offset {asked}: the nearest is {to}")
