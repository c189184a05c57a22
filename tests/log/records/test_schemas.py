"""Schemas on the chain: told once, used by topics, known to whoever follows."""

from __future__ import annotations

from typing import Any

import msgpack
import pytest

from streamz_core.codecs.schemas import SCHEMAS, schema_of
from streamz_core.errors import Misuse
from streamz_core.log.entry import checked
from streamz_core.log.records.schemas import SchemaRecord
from tests.log.records.conftest import Hand

ITEM = schema_of(("classes", (("OnTheChain", (("price", "int"),)),), 0))
TOLD = [(ITEM.fingerprint, ITEM.description)]


def test_a_schema_is_told_once_and_used_from_then_on(owned: Hand) -> None:
    assert SCHEMAS.find(ITEM.fingerprint) is None
    assert owned.add(SchemaRecord(TOLD, [(1, "value", ITEM.fingerprint)])) == ""
    assert owned.add(SchemaRecord([], [(1, "key", ITEM.fingerprint)])) == ""
    assert owned.add(SchemaRecord(TOLD, [(1, "value", ITEM.fingerprint)])) == ""
    known = owned.state.schemas
    assert known.described == dict(TOLD)
    assert known.written == {(1, "value"): (ITEM.fingerprint,), (1, "key"): (ITEM.fingerprint,)}
    assert owned.state.schemas_of(1, "value") == dict(TOLD)
    assert owned.state.schemas_of(1, "store") == {}
    assert SCHEMAS.find(ITEM.fingerprint) == ITEM


def test_what_has_no_one_meaning_is_refused(owned: Hand) -> None:
    other = b"\x92\xa4list\xa3int"
    owned.add(SchemaRecord(TOLD, []))
    for record, why in [
        (SchemaRecord([(ITEM.fingerprint, other)], []), "names another schema on this log"),
        (SchemaRecord([], [(9, "value", ITEM.fingerprint)]), "there is no topic 9"),
        (SchemaRecord([], [(1, "value", b"nope")]), "nobody told the schema 6e6f7065"),
    ]:
        before = repr(owned.state.digest())
        assert why in owned.add(record)
        assert repr(owned.state.digest()) == before


def test_what_cannot_be_read_is_told_and_nobody_learns_it(owned: Hand) -> None:
    assert owned.add(SchemaRecord([(b"aaaa", b"one")], [(1, "value", b"aaaa")])) == ""
    assert owned.state.schemas_of(1, "value") == {b"aaaa": b"one"}
    assert SCHEMAS.find(b"aaaa") is None


def test_only_what_is_new_is_told(owned: Hand) -> None:
    use = (1, "value", ITEM.fingerprint)
    news = SchemaRecord(TOLD, [use]).news(owned.state)
    assert news == SchemaRecord(TOLD, [use])
    owned.add(news)
    assert SchemaRecord(TOLD, [use]).news(owned.state) is None
    assert SchemaRecord(TOLD, [(1, "key", use[2])]).news(owned.state) == SchemaRecord(
        [], [(1, "key", use[2])]
    )


def test_the_last_word_of_an_app_that_reads_counts_until_it_is_reset(owned: Hand) -> None:
    other = schema_of(("list", "int"))
    told = [*TOLD, (other.fingerprint, other.description)]
    where = (1, "value")
    owned.take(SchemaRecord(told, [], [(*where, ITEM.fingerprint, "shop")]))
    first = SchemaRecord(told, [], [(*where, ITEM.fingerprint, "shop")])
    assert first.news(owned.state) is None
    before = repr(owned.state.digest())
    owned.take(SchemaRecord([], [], [(*where, other.fingerprint, "shop")]))
    assert owned.state.schemas.read[where] == {"shop": other.fingerprint}
    assert repr(owned.state.digest()) != before
    assert first.news(owned.state) == SchemaRecord([], [], [(*where, ITEM.fingerprint, "shop")])
    owned.state.schemas.unread("shop")
    assert owned.state.schemas.read[where] == {}
    assert "nobody told the schema" in owned.add(SchemaRecord([], [], [(*where, b"nope", "x")]))
    assert "there is no topic 9" in owned.add(SchemaRecord(told, [], [(9, "key", b"nope", "x")]))


def test_what_is_void_is_forgotten_and_told_once(owned: Hand) -> None:
    other = schema_of(("list", "int"))
    told, where = [*TOLD, (other.fingerprint, other.description)], (1, "value")
    owned.take(SchemaRecord(told, [(*where, ITEM.fingerprint), (1, "key", ITEM.fingerprint)]))
    now = SchemaRecord(told, [(*where, other.fingerprint)], [], [where])
    assert now.news(owned.state) == SchemaRecord([], [(*where, other.fingerprint)], [], [where])
    owned.take(SchemaRecord([], [(*where, other.fingerprint)], [], [where]))
    assert list(owned.state.schemas_of(*where)) == [other.fingerprint]
    assert list(owned.state.schemas_of(1, "key")) == [ITEM.fingerprint]
    assert now.news(owned.state) is None
    assert "a side is 'left'" in SchemaRecord([], [], [], [[1, "left"]]).check()  # type: ignore[list-item]
    assert SchemaRecord.unpack(now.pack()).void == [[*where]]


def test_a_record_without_readers_is_as_before() -> None:
    assert SchemaRecord(TOLD, []).pack() == msgpack.packb([TOLD, []])
    reads = [[1, "value", ITEM.fingerprint, "shop"]]
    assert SchemaRecord.unpack(SchemaRecord([], [], reads).pack()).reads == reads  # type: ignore[arg-type]
    assert "an app is 5" in SchemaRecord([], [], [[*reads[0][:3], 5]]).check()  # type: ignore[list-item]


@pytest.mark.parametrize(
    "schema, use, why",
    [
        ((b"aaa", b"one"), (1, "key", b"aaaa"), "a fingerprint is b'aaa', and has to be 4 bytes"),
        ((b"aaaa", b""), (1, "key", b"aaaa"), "a description is b'', and has to be 1 to 65536"),
        ((b"aaaa", bytes((64 << 10) + 1)), (1, "key", b"aaaa"), "a description is b'"),
        ((b"aaaa", b"one"), (0, "key", b"aaaa"), "a topic is 0"),
        ((b"aaaa", b"one"), (1, "left", b"aaaa"), "a side is 'left', and has to be one of key"),
        ((b"aaaa", b"one"), (1, "key", b"a"), "a fingerprint is b'a', and has to be 4 bytes"),
    ],
)
def test_fields(schema: tuple[bytes, bytes], use: tuple[int, str, bytes], why: str) -> None:
    read, _ = checked(SchemaRecord(TOLD, [(1, "key", ITEM.fingerprint)]))
    assert read.check() == ""
    assert SchemaRecord([list(schema)], [list(use)]).check().startswith(why)  # type: ignore[list-item]


@pytest.mark.parametrize(
    "garbage", [5, None, {}, [5], [[]], [[b"aaaa"]], [[b"aaaa", b"one", 1, 2]]]
)
def test_what_is_no_row_is_refused(garbage: Any) -> None:
    for record in (SchemaRecord(garbage, []), SchemaRecord([], garbage)):
        with pytest.raises(Misuse, match=r"SCHEMA: (what it tells|its uses) is .*rows of"):
            checked(record)


def test_a_clash_is_no_news_that_may_be_left_out(owned: Hand) -> None:
    owned.take(SchemaRecord(TOLD, []))
    clash = SchemaRecord([(ITEM.fingerprint, b"another")], []).news(owned.state)
    assert clash is not None
    assert "names another schema" in owned.add(clash)
