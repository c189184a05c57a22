"""What is asked of a turn."""

from streamz_core.log.upkeep.asked import DUE, Asked


def test_all_topics_are_wanted_unless_some_are_named() -> None:
    assert DUE.wants(7)
    assert not DUE.at_once
    assert Asked(topics=[7]).wants(7)
    assert not Asked(topics=[7]).wants(8)
