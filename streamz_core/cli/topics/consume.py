"""`streamz topics consume`: records as lines, with the habits of kcat."""

from __future__ import annotations

import argparse
import sys
from contextlib import closing
from typing import Any

from streamz_core.broker.backend import Backend, TopicInfo
from streamz_core.broker.embedded import Broker
from streamz_core.broker.schemas import SIDES, described_codecs, told_codec
from streamz_core.cli.columns import add_json
from streamz_core.cli.places import open_broker
from streamz_core.cli.signals import INTERRUPTED, Stop
from streamz_core.cli.topics.formats import Readers, Shown, json_line, layout
from streamz_core.cli.topics.reading import FROM_TIME, Reading
from streamz_core.cli.topics.sharing import Sharing
from streamz_core.cli.words import filled, positive, whole
from streamz_core.codecs.codec import Codec
from streamz_core.errors import Misuse
from streamz_core.runtime.topics import topic_codecs

POLL_RECORDS = 1000


def arguments(parser: argparse.ArgumentParser) -> None:
    """What `consume` takes."""
    parser.add_argument("topic", type=filled)
    begin = parser.add_mutually_exclusive_group()
    begin.add_argument(
        "-o",
        dest="start",
        default="beginning",
        metavar="OFFSET",
        help="beginning (default), end, N, -N from the end, or s@T as --from-time T; in each partition",
    )
    begin.add_argument(
        "--from-time",
        metavar="T",
        help="from the first record of T or later on: ms since 1970, or ISO with zone",
    )
    parser.add_argument("-c", dest="count", type=positive, metavar="N", help="stop after N records")
    parser.add_argument("-e", dest="end", action="store_true", help="stop at the end as it is now")
    parser.add_argument(
        "-G",
        dest="group",
        type=filled,
        metavar="GROUP",
        help="share the partitions with others of this group, which goes on where it stands, and remembers what was printed",
    )
    parser.add_argument("-p", dest="partition", type=whole, metavar="N", help="one partition only")
    shown = parser.add_mutually_exclusive_group()
    shown.add_argument(
        "-K", dest="delimiter", type=filled, metavar="DELIM", help="print the key, and this"
    )
    parser.add_argument(
        "-Z",
        dest="null",
        action="store_true",
        help="print NULL for null, \\EMPTY for nothing and \\NULL for that text: what produce -Z reads again",
    )
    shown.add_argument(
        "-f",
        dest="format",
        metavar="FORMAT",
        help="%%t topic %%p partition %%o offset %%T timestamp %%k key %%s value %%h headers "
        "%%K %%S bytes of key and value, \\n \\t",
    )
    add_json(shown)


def execute(given: argparse.Namespace) -> int:
    """Print records until the count, the end or a signal; 130 after a signal, 1 if some cannot be read."""
    broker, app = open_broker(given)
    with broker:
        topic = broker.topic(given.topic)
        if given.partition is not None and not 0 <= given.partition < topic.partitions:
            raise Misuse(f"{topic.name} has partitions 0 to {topic.partitions - 1}")
        codecs = None if app is None else topic_codecs(app.build(), topic.name)
        stop = Stop(lambda: broker.env.exit(INTERRUPTED))
        readers = codecs or _readers(broker.backend, topic.name)
        codecs = codecs or described_codecs(broker.backend, topic.name)
        with closing(_reading(given, broker, topic, codecs)) as reading:
            _copy(reading, given, stop, readers)
            reading.tell_unread()
    if stop.interrupted:
        return INTERRUPTED
    return 1 if reading.unread else 0


def _reading(
    given: argparse.Namespace,
    broker: Broker,
    topic: TopicInfo,
    codecs: tuple[Codec[Any], Codec[Any]],
) -> Reading | Sharing:
    """What is read: partitions from where it is said, or the share of a group from where that stands."""
    if given.group is not None:
        if given.partition is not None:
            raise Misuse("-p with -G: the members of a group divide the partitions among them")
        return Sharing(broker, topic.name, codecs, given.group, _start(given))
    wanted = range(topic.partitions) if given.partition is None else [given.partition]
    return Reading(broker, [(topic.name, each) for each in wanted], codecs, _start(given))


def _start(given: argparse.Namespace) -> str:
    return given.start if given.from_time is None else f"{FROM_TIME}{given.from_time}"


def _readers(backend: Backend, topic: str) -> Readers:
    """By which codecs `produce` reads the topic where no app says them; None for a side that only a program can write."""
    found: list[Codec[Any] | None] = []
    for side in SIDES:
        try:
            found.append(told_codec(backend, topic, side))
        except Misuse:
            found.append(None)
    key, value = found
    return key, value


def _copy(
    reading: Reading | Sharing, given: argparse.Namespace, stop: Stop, readers: Readers
) -> None:
    line = json_line if given.json else layout(given.format, given.delimiter, null=given.null)
    left = given.count
    out = sys.stdout.buffer
    while not stop() and left != 0 and not reading.over and not (given.end and reading.at_end):
        records = reading.some(POLL_RECORDS if left is None else min(left, POLL_RECORDS))
        for record in records:
            out.write(line(Shown(record, readers)))
        out.flush()
        if records:
            reading.printed()
        if left is not None:
            left -= len(records)
