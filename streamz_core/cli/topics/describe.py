"""`streamz topics describe`: one topic, a line for each partition."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from streamz_core.broker.admin import Admin
from streamz_core.broker.backend import Gap, PartitionSize
from streamz_core.cli.columns import add_json, show
from streamz_core.cli.places import open_broker
from streamz_core.cli.talk import say
from streamz_core.cli.words import filled

SIZES = ("topic", "partition", "bytes", "sealed", "unsealed", "files", "directory")


def arguments(parser: argparse.ArgumentParser) -> None:
    """What `describe` takes."""
    parser.add_argument("topic", type=filled)
    parser.add_argument(
        "--sizes", action="store_true", help="what each partition takes on the disk, and where"
    )
    add_json(parser)


def execute(given: argparse.Namespace) -> int:
    """Print its partitions: what there is of them, and what is lost in between; UnknownTopic."""
    broker, _ = open_broker(given)
    with broker:
        admin = Admin(broker)
        found, sizes = admin.describe(given.topic), admin.sizes(given.topic)
    if given.sizes:
        show(SIZES, _sizes(found.name, sizes), as_json=given.json)
        return 0
    rows = [
        {
            "topic": found.name,
            "partition": p,
            "begin": found.begins[p],
            "end": end,
            "records": found.records[p],
            "gaps": _gaps(found.gaps[p], as_json=given.json),
        }
        for p, end in enumerate(found.ends)
    ]
    say(f"keys of {found.name} are {found.key}, values {found.value}")
    said = ", ".join(f"{name}={value}" for name, value in sorted(found.config.items()))
    say(f"config: {said or 'as it is unless said'}")
    size, files = sum(one.bytes for one in sizes), sum(one.files for one in sizes)
    say(f"size: {size} bytes, {sum(one.sealed for one in sizes)} of them in {files} sealed files")
    show(("topic", "partition", "begin", "end", "records", "gaps"), rows, as_json=given.json)
    return 0


def _sizes(topic: str, sizes: Sequence[PartitionSize]) -> list[dict[str, object]]:
    return [
        dict(
            zip(
                SIZES,
                (topic, at, one.bytes, one.sealed, one.unsealed, one.files, one.directory),
                strict=True,
            )
        )
        for at, one in enumerate(sizes)
    ]


def _gaps(gaps: Sequence[Gap], *, as_json: bool) -> object:
    """The offsets that are lost: from the first to the one behind the last, and why."""
    if as_json:
        return [{"from": start, "to": stop, "cause": cause} for start, stop, cause in gaps]
    return ", ".join(f"{start} to {stop - 1} ({cause})" for start, stop, cause in gaps) or "none"
