"""`streamz topics produce`: records from lines, with the habits of kcat."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from typing import Any

from attrs import frozen

from streamz_core.app import App
from streamz_core.broker.embedded import Broker
from streamz_core.broker.producer import Producer
from streamz_core.broker.schemas import told_codecs
from streamz_core.broker.sending.routes import refuse_internal
from streamz_core.cli.places import open_broker
from streamz_core.cli.streams import LINE_BYTES_MAX, stdin_lines
from streamz_core.cli.talk import say
from streamz_core.cli.topics.formats import read_apart, unescaped
from streamz_core.cli.words import filled, whole
from streamz_core.codecs.codec import Codec
from streamz_core.codecs.plain import BytesCodec
from streamz_core.errors import CodecError, Misuse, StreamzError, TooLarge
from streamz_core.query.values import told_of_unknown
from streamz_core.query.words.texts import value_of
from streamz_core.runtime.patterns import matched
from streamz_core.runtime.topics import (
    codecs_to_write,
    external_topics,
    make_topic,
    prepare_topics,
)

NEVER_MS = 1 << 40  # a commit is what is flushed, and nothing else
ALL = 1 << 50


@frozen
class Format:
    """How a line becomes a record: where its key ends, and by which codecs its parts are written."""

    key: Codec[Any]
    value: Codec[Any]
    delimiter: bytes | None
    fixed_key: bytes | None
    null: bool

    @property
    def as_it_is(self) -> bool:
        """Whether a line is the value of its record, and there is no key."""
        bare = self.delimiter is self.fixed_key is None and not self.null
        return bare and isinstance(self.value, BytesCodec)

    def record(self, line: bytes) -> tuple[Any, Any]:
        """(key, value). A line without the delimiter has no key. CodecError."""
        key, text = self.fixed_key, line
        if self.delimiter is not None and self.delimiter in line:
            key, _, text = line.partition(self.delimiter)
        return self._part(self.key, key), self._part(self.value, text)

    def _part(self, codec: Codec[Any], data: bytes | None) -> Any:
        if data is not None and self.null:
            data = read_apart(data)
        if data is None:
            return None
        if isinstance(codec, BytesCodec):
            return data
        try:
            return value_of(codec, data.decode())
        except UnicodeDecodeError as error:
            raise CodecError(f"{data[:40]!r} is not UTF-8") from error


def arguments(parser: argparse.ArgumentParser) -> None:
    """What `produce` takes."""
    parser.add_argument("topic", type=filled)
    keys = parser.add_mutually_exclusive_group()
    keys.add_argument(
        "-K",
        dest="delimiter",
        type=filled,
        metavar="DELIM",
        help="what ends the key in a line; a line without it has no key",
    )
    keys.add_argument("--key", metavar="K", help="the key of every record")
    parser.add_argument(
        "--value", metavar="V", help="one record with this value; stdin is not read"
    )
    parser.add_argument(
        "-Z",
        dest="null",
        action="store_true",
        help="NULL is null, and so is nothing; \\NULL is that text, \\EMPTY an empty one: as consume -Z prints them",
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
    parser.add_argument(
        "--skip-bad", action="store_true", help="leave out lines that cannot be written, and go on"
    )


def execute(given: argparse.Namespace) -> int:
    """Write the lines; everything one read brings is one commit."""
    broker, app = open_broker(given, create=given.app is not None)
    with broker:
        key, value = _codecs(broker, app, given.topic)
        ending = None if given.delimiter is None else unescaped(given.delimiter)
        form = Format(key, value, _bytes(ending), _bytes(given.key), given.null)
        lines = iter([[given.value.encode()]]) if given.value is not None else stdin_lines()
        producer = Producer(
            broker,
            key=key,
            value=value,
            app="" if app is None else app.name,
            linger_ms=NEVER_MS,
            batch_bytes=ALL,
            buffer_bytes=ALL,
        )
        writing = _Writing(producer, form, given)
        try:
            with told_of_unknown(writing.left_out):
                writing.all(lines)
        except KeyboardInterrupt:
            say(f"interrupted; {writing.told()}")
            raise
        finally:
            producer.discard()
            producer.close()
    say(f"{_records(writing.written)} written to {given.topic}")
    if writing.skipped:
        say(f"{_records(writing.skipped)} left out")
    return 0


class _Writing:
    """Lines on their way. `written`: how many are on the log, `done`: up to which line that is so."""

    def __init__(
        self, producer: Producer[Any, Any], form: Format, given: argparse.Namespace
    ) -> None:
        self.written = self.skipped = self.done = 0
        self._producer = producer
        self._form = form
        self._skip_bad = given.skip_bad
        self._told: set[str] = set()
        self._at = self._sent = (
            0  # lines that were looked at, and records sent since the last commit
        )
        self._where: dict[str, Any] = {
            "topic": given.topic,
            "timestamp": given.timestamp,
            "headers": tuple(_header(text) for text in given.headers) or None,
            "partition": given.partition,
        }

    def all(self, pieces: Iterator[Sequence[bytes | None]]) -> None:
        """Write them; what is wrong with one is told with its line, and those before it are written."""
        send, where, as_it_is = self._producer.send, self._where, self._form.as_it_is
        for lines in pieces:
            for line in lines:
                try:
                    if line is None:
                        raise TooLarge(
                            f"a line of more than {LINE_BYTES_MAX >> 20} MiB: no record is so long"
                        )
                    key, value = (None, line) if as_it_is else self._form.record(line)
                    send(value=value, key=key, **where)
                    self._sent += 1
                except (CodecError, TooLarge) as error:
                    self._refused(error)
                self._at += 1
            self._commit()

    def left_out(self, told: str) -> None:
        """A field that the class has not: said once."""
        if told not in self._told:
            self._told.add(told)
            say(f"line {self._at + 1}: {told}; it is left out, here and in what follows")

    def told(self) -> str:
        """Up to where all is written."""
        return f"lines 1 to {self.done} were written" if self.done else "nothing was written"

    def _refused(self, error: StreamzError) -> None:
        line = self._at + 1
        if self._skip_bad:
            self.skipped += 1
            say(f"line {line} is left out: {error}")
            return
        self._commit()
        before = (
            "those before it were written: mend it, and begin with it next time"
            if line > 1
            else "nothing was written"
        )
        error.add_note(f"at line {line}; {before} (--skip-bad leaves such lines out)")
        raise error

    def _commit(self) -> None:
        try:
            self._producer.flush()
        except StreamzError as error:
            lost = self._producer.discard()
            some = (
                f", and {self._sent - lost} of the records behind them" if lost < self._sent else ""
            )
            others = "; the others were not" if self.done or some else ""
            error.add_note(f"at line {self._at}: {self.told()}{some}{others}")
            raise
        self.written += self._sent
        self.done, self._sent = self._at, 0


def _records(count: int) -> str:
    return f"{count} record{'' if count == 1 else 's'}"


def _codecs(broker: Broker, app: App | None, topic: str) -> tuple[Codec[Any], Codec[Any]]:
    """As a producer of the app writes the topic, which is made as its first worker would; without an app as it was
    written so far, bytes if nobody told.
    """
    if app is None:
        refuse_internal(broker.topic(topic))
        return told_codecs(broker.backend, topic)
    graph = app.build()
    if topic not in broker.backend.topics() and topic in {r.name for r in external_topics(graph)}:
        prepare_topics(matched(app.job(), broker.backend), broker.backend)
    make_topic(graph, topic, app.config().topic_partitions, broker.backend)
    refuse_internal(broker.topic(topic))
    return codecs_to_write(graph, topic, {}, broker.backend)


def _bytes(text: str | None) -> bytes | None:
    return None if text is None else text.encode()


def _header(text: str) -> tuple[str, bytes | None]:
    name, equals, value = text.partition("=")
    if not equals:
        raise Misuse(f"-H {text}: write -H name=text")
    return name, value.encode()
