"""Topics begin once, empty, and are remembered by those who watch them; what their values are like."""

from __future__ import annotations

from typing import Any

import pytest

from streamz_core.log.records.topics import PARTITIONS_MAX, SchemaRecord, TopicRecord
from tests.log.records.conftest import Hand


def test_a_topic_is_made_once(owned: Hand) -> None:
    assert owned.add(TopicRecord(2, "t", 1, {})) == "topic t exists"


def test_a_topic_begins_empty(owned: Hand) -> None:
    assert owned.add(TopicRecord(2, "u", 1, {"cleanup": "compact"})) == ""
    assert owned.state.names["u"] == owned.state.topics[2]
    assert owned.state.topics[2].config == {"cleanup": "compact"}
    assert (owned.state.start(2, 0), owned.state.end(2, 0)) == (0, 0)


def test_only_watched_topics_are_remembered(owned: Hand) -> None:
    owned.add(TopicRecord(2, "u", 1, {}))
    assert set(owned.index.ranges) == {(1, 0), (1, 1)}


def test_an_internal_topic_has_one_owner(owned: Hand) -> None:
    assert owned.add(TopicRecord(2, "shop-eu-hits-changelog", 1, {}, "shop")) == ""
    assert owned.state.topics[2].owner == "shop"
    why = owned.add(TopicRecord(3, "shop-eu-hits-changelog", 1, {}, "shop-eu"))
    assert "shop-eu-hits-changelog is an internal topic of app shop, and app shop-eu" in why
    assert "another name" in why
    assert "t belongs to no app, and app shop" in owned.add(TopicRecord(3, "t", 1, {}, "shop"))


def test_a_number_is_given_once(owned: Hand) -> None:
    assert owned.add(TopicRecord(1, "u", 1, {})) == "topic 1 is t"


@pytest.mark.parametrize("partitions", [0, -1, PARTITIONS_MAX + 1, True, "4"])
def test_partitions_have_bounds(partitions: Any) -> None:
    assert "its number of partitions is" in TopicRecord(1, "t", partitions, {}).check()


# ---- schemas


def schema(hand: Hand, fingerprint: bytes, description: bytes, topic: int = 1) -> str:
    return hand.add(SchemaRecord(topic, "value", fingerprint, description))


def test_a_schema_describes_a_side_of_a_topic(owned: Hand) -> None:
    assert schema(owned, b"bbbb", b"two") == ""
    assert schema(owned, b"aaaa", b"one") == ""
    assert list(owned.state.schemas_of(1, "value").items()) == [
        (b"bbbb", b"two"),
        (b"aaaa", b"one"),
    ]
    assert owned.state.schemas_of(1, "key") == {}
    assert owned.state.schemas.written == {(1, "value"): (b"bbbb", b"aaaa")}


def test_a_fingerprint_names_one_description_on_the_whole_log(owned: Hand) -> None:
    owned.add(TopicRecord(2, "u", 1, {}))
    assert schema(owned, b"aaaa", b"one") == ""
    assert schema(owned, b"aaaa", b"another", 2).startswith("fingerprint 61616161 names another")
    assert schema(owned, b"aaaa", b"one", 2) == ""
    assert owned.state.schemas_of(2, "value") == {b"aaaa": b"one"}


def test_a_schema_is_registered_once_for_a_topic_that_is_there(owned: Hand) -> None:
    assert schema(owned, b"aaaa", b"one") == ""
    assert schema(owned, b"aaaa", b"one") == "it is on the chain already"
    assert schema(owned, b"aaaa", b"one", 9) == "no topic 9"


@pytest.mark.parametrize(
    "record, why",
    [
        (
            SchemaRecord(1, "left", b"aaaa", b"one"),
            "its side is 'left', and has to be key or value",
        ),
        (SchemaRecord(1, "key", b"aaa", b"one"), "a fingerprint is b'aaa', and has to be 4 bytes"),
        (SchemaRecord(1, "key", b"aaaa", b""), "a description is b'', and has to be 1 to 65536"),
        (SchemaRecord(1, "key", b"aaaa", bytes((64 << 10) + 1)), "a description is b'"),
        (SchemaRecord(0, "key", b"aaaa", b"one"), "a topic is 0"),
    ],
)
def test_fields_of_a_schema(record: SchemaRecord, why: str) -> None:
    assert record.check().startswith(why)
