"""Bytes that cannot be read never get past a source, whatever the steps behind it look at."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from attrs import frozen

from streamz_core.app import App
from streamz_core.codecs.annotation import codec_for, key_codec_for
from streamz_core.codecs.free import JSON
from streamz_core.codecs.plain import INT, STR
from streamz_core.dsl.declared.windows import tumbling
from streamz_core.errors import CodecError
from streamz_core.testing.driver import AppTest


@frozen
class Click:
    url: str
    hits: int = 0


GOOD = {
    int: INT.encode(1),
    str: b"text",
    float: b"\0" * 8,
    bool: b"\x01",
    Click: codec_for(Click).encode(Click("/")),
    list[int]: codec_for(list[int]).encode([1, 2]),
    date: codec_for(date).encode(date(2026, 1, 2)),
    JSON: b'{"a":1}',
}
BAD: dict[Any, list[bytes]] = {
    int: [b"1", b"xx", b"", bytes(7), bytes(9)],
    str: [b"\xff", b"a\xc3", b"\xed\xa0\x80"],
    float: [b"1.5", bytes(4)],
    bool: [b"\x02", b"true", b""],
    Click: [b"{}", b"\x02", GOOD[Click][:-1], b"\x02abcd\x90", GOOD[Click] + b"x"],
    list[int]: [b"\xc1", b"\x92\x01", b"\x91\xa1a"],
    date: [b"2026", b"\xa1x"],
    JSON: [b"{", b"\xff", b"nul"],
}
VALUES = [(kind, bad) for kind, found in BAD.items() for bad in found]
KEYS = [
    (kind, bad) for kind in (int, str, float, bool, Click) for bad in BAD[kind] if kind is not Click
] + [
    (Click, b"{}"),
    (Click, b"\x91"),
]


def counted(app: App, key: Any, value: Any) -> None:
    app.stream("in", key=key, value=value).group_by_key().count(name="c").to("out", key=key)


def counted_in_windows(app: App, key: Any, value: Any) -> None:
    grouped = app.stream("in", key=key, value=value).group_by_key().window(tumbling("1m"))
    grouped.count(name="c").to_stream(lambda _: "all", key=str).to("out")


def handed_on(app: App, key: Any, value: Any) -> None:
    app.stream("in", key=key, value=value).to("out", key=key, value=value)


def kept(app: App, key: Any, value: Any) -> None:
    table = app.table("in", key=key, value=value, materialized=True)
    table.to_stream().map(lambda _: ("k", "v"), key=str, value=str).to("out")


def ignored(app: App, key: Any, value: Any) -> None:
    """Nobody looks at either side."""
    app.stream("in", key=key, value=value).map(lambda _: ("k", "v"), key=str, value=str).to("out")


def joined(app: App, key: Any, value: Any) -> None:
    """The side that is looked up."""
    table = app.table("in", key=key, value=value)
    other = app.stream("other", key=key, value=str)
    other.join(table, lambda one, _: one, name="both", value=str).to("out", key=key)


def spread(app: App, key: Any, value: Any) -> None:
    app.stream("in", key=key, value=value).repartition(name="spread").to(
        "out", key=key, value=value
    )


SHAPES = [counted, counted_in_windows, handed_on, kept, ignored, joined, spread]


def send(t: AppTest, *rows: tuple[bytes | None, bytes | None]) -> None:
    """Bytes as any writer could have left them, in one commit."""
    transaction = t._broker.transaction()
    keys, values = [key for key, _ in rows], [value for _, value in rows]
    transaction.send("in", 0, keys, values, [5] * len(rows))
    transaction.commit()


def under_test(
    shape: Callable[[App, Any, Any], None], key: Any, value: Any, handler: str
) -> AppTest:
    app = App("a")
    shape(app, key, value)
    return app.test(deserialization_exception_handler=handler, processing_exception_handler="fail")


def raw(t: AppTest, topic: str) -> list[tuple[bytes | None, bytes | None]]:
    backend = t._broker.backend
    backend.watch([topic])
    backend.refresh()
    return [
        pair
        for batch in backend.fetch(topic, 0, backend.start(topic, 0), bytes_max=1 << 60)
        for pair in zip(batch.keys, batch.values, strict=True)
    ]


def left_by(t: AppTest) -> dict[str, list[tuple[bytes | None, bytes | None]]]:
    """Everything in every topic but the input."""
    return {topic: raw(t, topic) for topic in t._broker.backend.topics() if topic != "in"}


@pytest.mark.parametrize("kind, bad", VALUES)
def test_a_value_is_read_where_it_enters(kind: Any, bad: bytes) -> None:
    refused(counted, STR, kind, (b"k", GOOD[kind]), (b"k", bad))


@pytest.mark.parametrize("kind, bad", KEYS)
def test_a_key_is_read_where_it_enters(kind: Any, bad: bytes) -> None:
    good = key_codec_for(Click).encode(Click("/")) if kind is Click else GOOD[kind]
    refused(counted, kind, str, (good, b"v"), (bad, b"v"))


@pytest.mark.parametrize("shape", SHAPES)
def test_it_does_not_matter_what_stands_behind(shape: Any) -> None:
    refused(shape, str, int, (b"k", GOOD[int]), (b"k", b"1"))
    refused(shape, str, Click, (b"k", GOOD[Click]), (b"k", b"{}"))
    refused(shape, int, str, (GOOD[int], b"v"), (b"1", b"v"))
    refused(shape, str, str, (b"k", b"v"), (b"\xff", b"v"))


def refused(
    shape: Any, key: Any, value: Any, good: tuple[bytes, bytes], bad: tuple[bytes, bytes]
) -> None:
    """It stops there, or goes on as if it had not been; the good ones are none the worse."""
    with under_test(shape, key, value, "fail") as t:
        send(t, good, bad, good)
        with pytest.raises(CodecError) as raised:
            t.run()
        assert "at in[0]@1 " in raised.value.__notes__[0]
        assert "deserialization.exception.handler" in raised.value.__notes__[1]
    with under_test(shape, key, value, "continue") as t:
        send(t, good, bad, good)
        t.run()
        assert t.dropped().get("error") == 1
        found = left_by(t)
    with under_test(shape, key, value, "fail") as t:
        send(t, good, good)
        t.run()
        assert found == left_by(t)


def test_null_is_no_bytes_that_cannot_be_read() -> None:
    for shape in SHAPES:
        with under_test(shape, str, int, "fail") as t:
            send(t, (b"k", None), (None, GOOD[int]), (None, None), (b"k", GOOD[int]))
            t.run()


def test_what_is_restored_was_read_before() -> None:
    """A store that was filled from good bytes comes back without another look at its source."""
    with under_test(kept, str, int, "fail") as t:
        send(t, (b"k", GOOD[int]))
        t.run()
        t.crash()
        t.restart()
        assert dict(t.store("in")) == {"k": 1}
