"""Partitioners in an app: what is written lies where they say, and what is stored behind a repartition too."""

import pytest

from streamz_core import App
from streamz_core.codecs.plain import INT


def parity(topic, key, value, partitions):
    return value % 2


def app():
    app = App("spread")
    ints = app.stream("in", key=str, value=int)
    ints.to("out", partitioner=lambda topic, key, value, partitions: range(value % 3))
    sums = ints.repartition(name="by-parity", partitioner=parity).group_by_key().count(name="hits")
    sums.to("hits")
    return app


@pytest.mark.parametrize("batch", [True, False])
def test_records_lie_where_they_were_sent(batch):
    with app().test(partitions=3, stores="rocksdb") as test:
        for at in range(12):
            test.topic("in").send("k", at, timestamp=at, run=not batch)
        test.run()
        test.crash()
        test.restart()
        out = [(each.partition, each.value) for each in test.topic("out").records()]
        assert out == [
            *((0, value) for value in range(12) if value % 3),
            *((1, value) for value in range(12) if value % 3 == 2),
        ]
        behind = test.topic("spread-by-parity-repartition").records()
        assert {(each.partition, INT.decode(each.value) % 2) for each in behind} == {(0, 0), (1, 1)}
        assert sorted(each.value for each in test.topic("hits").records()) == sorted(
            [*range(1, 7)] * 2
        )


def test_one_that_points_nowhere_fails_as_a_step():
    app = App("lost", processing_exception_handler="continue")
    app.stream("in", key=str, value=int).to("out", partitioner=lambda *_: 7, name="out-of-bounds")
    with app.test() as test:
        test.topic("in").send("k", 1)
        assert test.topic("out").records() == []
        assert test.dropped() == {"error": 1}
