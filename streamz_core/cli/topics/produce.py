"""`streamz topics produce`: records from lines, with the habits of kcat."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from io import BufferedReader
from typing import Any, cast

from attrs import frozen

from streamz_core.app import App
from streamz_core.broker.embedded import Broker
from streamz_core.broker.producer import Producer
from streamz_core.cli.places import open_broker
from streamz_core.cli.talk import say
from streamz_core.cli.topics.formats import unescaped
from streamz_core.cli.words import filled, whole
from streamz_core.codecs.codec import Codec
from streamz_core.codecs.plain import BYTES, BytesCodec
from streamz_core.errors import CodecError, Misuse
from streamz_core.query.values import from_text
from streamz_core.runtime.topics import external_topics, prepare_topics, topic_codecs

READ_BYTES = 1 << 20
LINGER_MS = 1000  # what one read brought is flushed at once; this is for the largest only


@frozen
class Format:
    """How a line becomes a record: where its key ends, and by which codecs its parts are written."""

    key: Codec[Any]
    value: Codec[Any]
    delimiter: bytes | None
    fixed_key: bytes | None
    empty_is_null: bool

    def record(self, line: bytes) -> tuple[Any, Any]:
        """(key, value). A line without the delimiter has no key. CodecError."""
        key, text = self.fixed_key, line
        if self.delimiter is not None and self.delimiter in line:
            key, _, text = line.partition(self.delimiter)
        return self._part(self.key, key), self._part(self.value, text)

    def _part(self, codec: Codec[Any], data: bytes | None) -> Any:
        if data is None or (self.empty_is_null and not data):
            return None
        if isinstance(codec, BytesCodec):
            return data
        try:
            return from_text(codec, data.decode())
        except UnicodeDecodeError as error:
            raise CodecError(f"{data[:40]!r} is not UTF-8") from error


def arguments(parser: argparse.ArgumentParser) -> None:
    """What `produce` takes."""
    parser.add_argument("topic", type=filled)
    parser.add_argument(
        "-K", dest="delimiter", type=filled, metavar="DELIM", help="what ends the key in a line"
    )
    parser.add_argument("--key", metavar="K", help="the key of every record")
    parser.add_argument(
        "--value", metavar="V", help="one record with this value; stdin is not read"
    )
    parser.add_argument(
        "-Z", dest="null", action="store_true", help="empty keys and values are null"
    )
    parser.add_argument(
        "-p", dest="partition", type=whole, metavar="N", help="instead of the key's"
    )
    parser.add_argument(
        "-T", dest="timestamp", type=whole, metavar="MS", help="of every record; or now"
    )
    parser.add_argument(
        "-H", dest="headers", action="append", default=[], metavar="NAME=TEXT", help="repeatable"
    )


def execute(given: argparse.Namespace) -> int:
    """Write the lines; everything one read brings is one commit."""
    broker, app = open_broker(given, create=given.app is not None)
    with broker:
        key, value = _codecs(broker, app, given.topic)
        ending = None if given.delimiter is None else unescaped(given.delimiter)
        form = Format(key, value, _bytes(ending), _bytes(given.key), given.null)
        pieces = iter([[given.value.encode()]]) if given.value is not None else _pieces()
        producer = Producer(broker, key=key, value=value, linger_ms=LINGER_MS)
        count = _send(producer, form, pieces, given)
    say(f"{count} record{'' if count == 1 else 's'} written to {given.topic}")
    return 0


def _send(
    producer: Producer[Any, Any],
    form: Format,
    pieces: Iterator[list[bytes]],
    given: argparse.Namespace,
) -> int:
    headers = tuple(_header(text) for text in given.headers)
    count = 0
    for lines in pieces:
        for line in lines:
            count += 1
            try:
                key, value = form.record(line)
                producer.send(
                    given.topic,
                    value,
                    key=key,
                    timestamp=given.timestamp,
                    headers=headers,
                    partition=given.partition,
                )
            except CodecError as error:
                producer.flush()
                error.add_note(f"at line {count}; those before it were written: go on with it")
                raise
        producer.flush()
    return count


def _pieces() -> Iterator[list[bytes]]:
    """Lines of stdin, as many at a time as one read brings."""
    stream, rest = cast("BufferedReader", sys.stdin.buffer), b""
    while data := stream.read1(READ_BYTES):
        *lines, rest = (rest + data).split(b"\n")
        if lines:
            yield lines
    if rest:
        yield [rest]


def _codecs(broker: Broker, app: App | None, topic: str) -> tuple[Codec[Any], Codec[Any]]:
    """As the app writes the topic, which is made as its first worker would; bytes without an app."""
    if app is None:
        broker.topic(topic)
        return BYTES, BYTES
    graph = app.build()
    if topic not in broker.backend.topics() and topic in {r.name for r in external_topics(graph)}:
        prepare_topics(app.job(), broker.backend)
    broker.topic(topic)
    return topic_codecs(graph, topic) or (BYTES, BYTES)


def _bytes(text: str | None) -> bytes | None:
    return None if text is None else text.encode()


def _header(text: str) -> tuple[str, bytes | None]:
    name, equals, value = text.partition("=")
    if not equals:
        raise Misuse(f"-H {text}: write -H name=text")
    return name, value.encode()
