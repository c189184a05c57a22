"""The table of what can be said of a topic."""

import pytest

from streamz_core.errors import Misuse
from streamz_core.topic_config import (
    TopicConfig,
    by_its_names,
    config_of,
    default_of,
    topic_config,
)


@pytest.mark.parametrize(
    "said, kept",
    [
        ({}, {}),
        ({"retention.ms": 5}, {"retention.ms": 5}),
        ({"retention_ms": "5"}, {"retention.ms": 5}),
        ({"cleanup": "delete, compact"}, {"cleanup.policy": "compact,delete"}),
        ({"cleanup": "purge"}, {"cleanup.policy": "delete", "purge": "committed"}),
        ({"min.cleanable.dirty.ratio": "0.25"}, {"min.cleanable.dirty.ratio": 0.25}),
        ({"compression.type": "zlib"}, {"compression.type": "gzip"}),
        ({"compression-type": "producer"}, {"compression.type": "none"}),
    ],
)
def test_what_is_said_is_kept_by_kafkas_names(said, kept):
    assert topic_config(said, "topic t") == kept


@pytest.mark.parametrize(
    "said, told",
    [
        ({"retention": 5}, "topic t: unknown setting 'retention'; did you mean retention.ms?"),
        ({"q": 5}, "topic t: unknown setting 'q'; there are cleanup.policy, retention.ms"),
        ({7: 5}, "topic t: unknown setting 7"),
        ({"retention.ms": -2}, r"topic t: retention.ms = -2; it must be a whole number from -1"),
        ({"retention.ms": "soon"}, r"retention.ms = 'soon'; it must be a whole number"),
        ({"retention.ms": 1.5}, r"retention.ms = 1.5; it must be a whole number"),
        ({"retention.ms": True}, r"retention.ms = True; it must be a whole number"),
        ({"cleanup.policy": ""}, "cleanup.policy = ''; it can be 'delete', 'compact'"),
        ({"cleanup.policy": 5}, "cleanup.policy = 5; it can be"),
        ({"compression.type": "lz4"}, "compression.type = 'lz4'; it can be 'none', 'gzip', 'zstd'"),
        ({"min.cleanable.dirty.ratio": 2}, "it must be a number from 0 to 1"),
        ({"min.cleanable.dirty.ratio": "nan"}, "it must be a number from 0 to 1"),
    ],
)
def test_what_cannot_be_said_is_told(said, told):
    with pytest.raises(Misuse, match=told):
        topic_config(said, "topic t")


def test_what_counts_where_nothing_is_said():
    default = config_of({})
    assert default == TopicConfig()
    assert (default.deletes, default.compacts) == (True, False)
    assert (default.retention_ms, default.min_cleanable_dirty_ratio) == (-1, 0.5)


def test_what_counts_of_a_config_as_it_lies_on_the_log():
    both = config_of({"cleanup": "compact,delete", "retention_ms": 7})
    assert (both.compacts, both.deletes, both.retention_ms) == (True, True, 7)
    assert config_of({"cleanup": "purge"}).purge == "committed"


def test_what_a_later_version_wrote_is_not_looked_at():
    later = {"cleanup.policy": "tier", "new": [1], "retention.ms": 7, "tier.ms": 5}
    assert config_of(later) == TopicConfig(retention_ms=7)
    assert by_its_names({**later, "retention_ms": 7}) == later


def test_the_default_of_a_setting_is_found_by_its_name():
    assert default_of("retention.ms") == -1
    assert default_of("cleanup_policy") == "delete"
    assert default_of("of.a.later.version") is None
