"""Topics begin once, empty, and are remembered by those who watch them; what their values are like."""

from __future__ import annotations

from typing import Any

import pytest

from streamz_core.log.records.removal import DeleteTopicRecord
from streamz_core.log.records.topics import PARTITIONS_MAX, AlterTopicRecord, TopicRecord
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


def test_a_topic_gets_partitions_and_another_config(owned: Hand) -> None:
    before = owned.state.moves
    assert owned.add(AlterTopicRecord(1, 4, {"retention.ms": 5}, "me")) == ""
    topic = owned.state.names["t"]
    assert topic is owned.state.topics[1]
    assert (topic.partitions, topic.config) == (4, {"retention.ms": 5})
    assert (owned.state.starts[1], owned.state.ends[1]) == ([0] * 4, [0] * 4)
    assert set(owned.index.ranges) == {(1, at) for at in range(4)}
    assert owned.state.moves == before + 1, "who looks after topics looks again"


def test_partitions_of_a_topic_that_nobody_watches_are_not_remembered(owned: Hand) -> None:
    owned.add(TopicRecord(2, "u", 1, {}))
    owned.add(AlterTopicRecord(2, 3, {}, "me"))
    assert {topic for topic, _ in owned.index.ranges} == {1}


def test_what_cannot_be_altered(owned: Hand) -> None:
    assert "t has 2 partitions, and none" in owned.add(AlterTopicRecord(1, 1, {}, "me"))
    assert owned.add(AlterTopicRecord(2, 1, {}, "me")) == "no topic 2"
    owned.add(DeleteTopicRecord(1, "me"))
    assert owned.add(AlterTopicRecord(1, 3, {}, "me")) == "no topic 1"
    assert "its number of partitions is" in AlterTopicRecord(1, 10_001, {}, "me").check()
