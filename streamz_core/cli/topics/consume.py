"""`streamz topics consume`: records as lines, with the habits of kcat."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from streamz_core.broker.consumer import Consumer
from streamz_core.broker.schemas import described_codecs
from streamz_core.cli.columns import add_json
from streamz_core.cli.places import open_broker
from streamz_core.cli.signals import INTERRUPTED, Stop
from streamz_core.cli.topics.formats import Shown, json_line, layout
from streamz_core.cli.words import NUMBER_MAX, filled, positive, whole
from streamz_core.errors import Misuse
from streamz_core.runtime.topics import topic_codecs

POLL_S = 0.1
POLL_RECORDS = 1000


def arguments(parser: argparse.ArgumentParser) -> None:
    """What `consume` takes."""
    parser.add_argument("topic", type=filled)
    parser.add_argument(
        "-o",
        dest="start",
        default="beginning",
        metavar="OFFSET",
        help="beginning (default), end, N, or -N from the end; in each partition",
    )
    parser.add_argument("-c", dest="count", type=positive, metavar="N", help="stop after N records")
    parser.add_argument("-e", dest="end", action="store_true", help="stop at the end as it is now")
    parser.add_argument("-p", dest="partition", type=whole, metavar="N", help="one partition only")
    parser.add_argument("-K", dest="delimiter", metavar="DELIM", help="print the key, and this")
    parser.add_argument("-Z", dest="null", action="store_true", help="print NULL for null")
    parser.add_argument(
        "-f",
        dest="format",
        metavar="FORMAT",
        help="%%t topic %%p partition %%o offset %%T timestamp %%k key %%s value %%h headers "
        "%%K %%S bytes of key and value, \\n \\t",
    )
    add_json(parser)


def execute(given: argparse.Namespace) -> int:
    """Print records until the count, the end or a signal; 130 after a signal."""
    broker, app = open_broker(given)
    with broker:
        topic = broker.topic(given.topic)
        if given.partition is not None and not 0 <= given.partition < topic.partitions:
            raise Misuse(f"{topic.name} has partitions 0 to {topic.partitions - 1}")
        codecs = None if app is None else topic_codecs(app.build(), topic.name)
        key, value = codecs or described_codecs(broker.backend, topic.name)
        stop = Stop(lambda: broker.env.exit(INTERRUPTED))
        wanted = topic.name if given.partition is None else (topic.name, given.partition)
        with Consumer(broker, [wanted], key=key, value=value) as consumer:
            _copy(_Reading(consumer, given), given, stop)
    return INTERRUPTED if stop.interrupted else 0


class _Reading:
    """The records that are wanted, from where they are wanted to where they end."""

    def __init__(self, consumer: Consumer[Any, Any], given: argparse.Namespace) -> None:
        self._consumer = consumer
        self._ends = consumer.end_offsets()
        for where, end in self._ends.items():
            consumer.seek(*where, _start(given.start, consumer.position(*where), end))

    @property
    def at_end(self) -> bool:
        """Whether everything that was there at the start has been read."""
        return all(self._consumer.position(*where) >= end for where, end in self._ends.items())

    def some(self, most: int) -> list[Any]:
        """The next records; none after a while without any."""
        return self._consumer.poll(POLL_S, most)


def _copy(reading: _Reading, given: argparse.Namespace, stop: Stop) -> None:
    line = json_line if given.json else layout(given.format, given.delimiter, null=given.null)
    left = given.count
    out = sys.stdout.buffer
    while not stop() and left != 0 and not (given.end and reading.at_end):
        records = reading.some(POLL_RECORDS if left is None else min(left, POLL_RECORDS))
        for record in records:
            out.write(line(Shown(record)))
        out.flush()
        if left is not None:
            left -= len(records)


def _start(text: str, first: int, end: int) -> int:
    if text in {"beginning", "earliest"}:
        return first
    if text in {"end", "latest"}:
        return end
    try:
        number = int(text)
        if abs(number) > NUMBER_MAX:
            raise ValueError
    except ValueError:
        raise Misuse(f"-o {text}; it can be beginning, end, N, or -N from the end") from None
    return min(max(number if number >= 0 else end + number, first), end)
