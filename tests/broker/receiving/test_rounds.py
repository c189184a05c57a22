"""Rounds over partitions leave out nothing that can be read."""

from __future__ import annotations

from typing import Any

import pytest

from streamz_core.broker.admin import Admin
from streamz_core.broker.embedded import Broker
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
