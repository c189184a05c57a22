"""`streamz groups reset-offsets` and `delete`: a group of consumers goes on elsewhere, or is no more."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from typing import Any

from streamz_core.broker.admin import Admin
from streamz_core.broker.operating.groups import plan_offsets
from streamz_core.broker.operating.targets import Where, current, to_offsets
from streamz_core.cli.columns import add_json, show
from streamz_core.cli.groups.targets import add_targets, target_of
from streamz_core.cli.places import open_broker
from streamz_core.cli.talk import say
from streamz_core.cli.verbs.execution import add_execute, told
from streamz_core.cli.words import filled
from streamz_core.env.door import Env
from streamz_core.env.paths import absolute
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
    begin = add_targets(parser, "at the first record there is", required=True, stay=True)
    begin.add_argument(
        "--from-file",
        type=filled,
        metavar="FILE",
        help="lines of TOPIC,PARTITION,OFFSET, as --export prints them; - is stdin",
    )
    parser.add_argument(
        "--export", action="store_true", help="print such lines: where each partition would go on"
    )
    add_json(parser)
    add_execute(parser)


def execute(given: argparse.Namespace) -> int:
    """Say where it goes on; move it with --execute. Misuse for an app, and while a member lives."""
    broker, _ = open_broker(given)
    with broker:
        asked = _file(broker.env, given.from_file) if given.from_file is not None else {}
        target = to_offsets(asked) if asked else target_of(given, broker.env.now_ms(), current)
        only = _only(given.topics if given.topics is not None else _named(asked))
        wanted = plan_offsets(broker.backend, given.group, target, only)
        rows: list[dict[str, Any]] = [
            dict(zip(COLUMNS, (given.group, *where, *_shown(at, to, given)), strict=True))
            for where, (at, to) in wanted.items()
        ]
        if given.export:
            for (topic, partition), (_, to) in wanted.items():
                print(f"{topic},{partition},{to}")
        else:
            show(COLUMNS, rows, as_json=given.json)
        _warn(given, wanted, asked)
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


def _only(words: list[str]) -> dict[str, list[int]] | None:
    """The partitions of each topic that are meant, none: all; None if nothing was said."""
    found: dict[str, list[int]] = {}
    for word in words:
        topic, colon, parts = word.partition(":")
        numbers = parts.split(",") if colon else []
        if not all(each.isascii() and each.isdigit() for each in numbers):
            raise Misuse(f"--topic {word}: write TOPIC, or TOPIC:0,1")
        found.setdefault(topic, []).extend(map(int, numbers))
    return found or None


def _named(asked: Mapping[Where, int]) -> list[str]:
    return [f"{topic}:{partition}" for topic, partition in asked]


def _file(env: Env, name: str) -> dict[Where, int]:
    """The offsets that a file says; Misuse with the line that says none."""
    found: dict[Where, int] = {}
    for number, line in enumerate(_lines(env, name), 1):
        if not line.strip():
            continue
        topic, *rest = line.strip().rsplit(",", 2)
        if (
            len(rest) != 2
            or not topic
            or not all(each.isascii() and each.isdigit() for each in rest)
        ):
            raise Misuse(f"{name}, line {number}: {line[:80]!r}; write TOPIC,PARTITION,OFFSET")
        partition, offset = map(int, rest)
        if (topic, partition) in found:
            raise Misuse(f"{name}, line {number}: {topic}[{partition}] has an offset already")
        found[topic, partition] = offset
    if not found:
        raise Misuse(f"{name}: no line says TOPIC,PARTITION,OFFSET")
    return found


def _lines(env: Env, name: str) -> list[str]:
    try:
        text = sys.stdin.read() if name == "-" else env.read(absolute(name)).decode()
    except (OSError, UnicodeDecodeError) as error:
        raise Misuse(f"--from-file {name}: {error}") from error
    return text.splitlines()


def _shown(at: Any, to: Any, given: argparse.Namespace) -> tuple[Any, Any]:
    return (at, to) if given.json else ("-" if at is None else at, to)


def _warn(
    given: argparse.Namespace, wanted: Mapping[Where, Any], asked: Mapping[Where, int]
) -> None:
    """Where the offset that was asked for is not there."""
    for where, (at, to) in wanted.items():
        offset = asked.get(where, given.to_offset)
        if given.shift_by is not None and at is not None:
            offset = at + given.shift_by
        if offset is not None and offset != to:
            topic, partition = where
            say(f"{topic}[{partition}] has no offset {offset}: the nearest is {to}")
