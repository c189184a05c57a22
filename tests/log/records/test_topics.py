"""Topics begin once, empty, and are remembered by those who watch them."""

from __future__ import annotations

from streamz_core.log.records.topics import TopicRecord
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
