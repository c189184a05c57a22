"""Rounds over partitions leave out nothing that can be read."""

from __future__ import annotations

from typing import Any

import pytest

from streamz_core.broker.admin import Admin
from streamz_core.broker.embedded import Broker
from streamz_core.codecs.plain import INT
from streamz_core.errors import Corrupt
from tests.broker.test_consumer import consumer, write


@pytest.mark.parametrize("most", range(1, 9))
def test_a_disk_that_fails_once_leaves_none_out(
    broker: Broker, most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it refused is asked for batch by batch, and a poll may end in the middle of one."""
    Admin(broker).create_topic("t", 1)
    for begin in (0, 3, 6):
        write(broker, 0, [begin, begin + 1, begin + 2])
    one, fetch, refused = consumer(broker), broker.backend.fetch, [True]

    def failing(*where: Any, records_max: int, **options: Any) -> Any:
        refused[0] = not refused[0] or records_max == 1  # each second time, but for single batches
        if not refused[0]:
            raise Corrupt("t[0]: the disk failed")
        return fetch(*where, records_max=records_max, **options)

    monkeypatch.setattr(broker.backend, "fetch", failing)
    found: list[int | None] = []
    while len(found) < 9:
        polled = one.poll(0, most)
        assert 0 < len(polled) <= most
        found += [record.value for record in polled]
    assert found == list(range(9))


def test_a_batch_is_fetched_once_and_each_record_of_it_decoded_once(
    broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However few records a poll may give: the rest of the batch comes first the next time."""
    Admin(broker).create_topic("t", 2)
    write(broker, 0, list(range(10)))
    write(broker, 1, list(range(10, 20)))
    one, fetch, decode = consumer(broker), broker.backend.fetch, INT.decode_all
    asked, decoded = [], []

    def counted(*where: Any, **options: Any) -> Any:
        asked.append(where)
        return fetch(*where, **options)

    monkeypatch.setattr(broker.backend, "fetch", counted)
    monkeypatch.setattr(
        type(INT), "decode_all", lambda _, column: decoded.append(len(column)) or decode(column)
    )
    polled = [[record.value for record in one.poll(0, 4)] for _ in range(6)]
    assert polled == [
        [0, 1, 2, 3],
        [4, 5, 6, 7],
        [8, 9, 10, 11],
        [12, 13, 14, 15],
        [16, 17, 18, 19],
        [],
    ]
    assert (asked, sum(decoded)) == ([("t", 0, 0), ("t", 1, 0)], 20)


def test_what_is_left_of_a_batch_is_of_that_topic_only(broker: Broker) -> None:
    """One of the same name that is made meanwhile has other records."""
    admin = Admin(broker)
    admin.create_topic("t", 1)
    write(broker, 0, [1, 2, 3])
    one = consumer(broker)
    assert [record.value for record in one.poll(0, 1)] == [1]
    admin.delete_topic("t", force=True)
    admin.create_topic("t", 1)
    write(broker, 0, [4, 5, 6])
    one.seek("t", 0, 1)
    assert [record.value for record in one.poll(0, 1)] == [5]


def test_records_that_were_deleted_meanwhile_are_not_given(broker: Broker) -> None:
    admin = Admin(broker)
    admin.create_topic("t", 1)
    write(broker, 0, [1, 2, 3])
    one = consumer(broker)
    assert [record.value for record in one.poll(0, 1)] == [1]
    admin.delete_records("t", {0: 2})
    assert [record.value for record in one.poll(0, 1)] == [3]
