"""Which topics are meant."""

from __future__ import annotations

import re

import pytest

from streamz_core.broker.admin import Admin
from streamz_core.broker.embedded import Broker
from streamz_core.broker.receiving.topics import Topics
from streamz_core.errors import Misuse, UnknownTopic


@pytest.fixture
def made(broker: Broker) -> Broker:
    for name in ("order-de", "order-fr", "users"):
        Admin(broker).create_topic(name, 2)
    broker.backend.create_topic("order-app-changelog", 1, {}, "order-app")
    return broker


def test_names_patterns_and_partitions_each_once(made: Broker) -> None:
    found = Topics(
        made.backend, [("users", 1), "users", re.compile("order-.*"), "order-fr", ("users", 0)]
    )
    assert found.there() == ["users", "order-fr", "order-de"]
    assert found.partitions() == [
        ("users", 0),
        ("users", 1),
        ("order-fr", 0),
        ("order-fr", 1),
        ("order-de", 0),
        ("order-de", 1),
    ]
    assert found.parts == [("users", 1), ("users", 0)]


def test_a_pattern_is_of_the_whole_name_and_internal_topics_match_nothing(made: Broker) -> None:
    assert Topics(made.backend, re.compile("order")).there() == []
    assert Topics(made.backend, re.compile("order.*")).there() == ["order-de", "order-fr"]
    assert Topics(made.backend, ["order-app-changelog"]).there() == ["order-app-changelog"]


def test_topics_that_come_and_go_are_followed(made: Broker) -> None:
    found = Topics(made.backend, [re.compile("order-.*"), "users"])
    Admin(made).create_topic("order-it", 1)
    Admin(made).delete_topic("users")
    assert found.there() == ["order-de", "order-fr", "order-it"]


@pytest.mark.parametrize(
    "wanted, error",
    [
        ("users", TypeError),
        ([], Misuse),
        ([re.compile(b"x")], TypeError),
        ([7], TypeError),
        (["nowhere"], UnknownTopic),
        ([("users", 2)], Misuse),
    ],
)
def test_what_makes_no_sense_is_refused(made: Broker, wanted, error) -> None:
    with pytest.raises(error):
        Topics(made.backend, wanted)
