"""A log with a topic of which two groups of consumers read a part."""

import pytest

from streamz_core.broker.consumer import Consumer
from streamz_core.broker.embedded import Broker
from streamz_core.codecs.plain import BYTES
from streamz_core.env.real import RealEnv


@pytest.fixture
def read(cli, tmp_path):
    """Topic t has 4 and 2 records; group slow read 1 and 0 of them, group fast all."""
    cli("topics", "create", "t", "--partitions", 2)
    for partition, stamp, line in (
        (0, 10, "a"),
        (0, 30, "b"),
        (0, 20, "c"),
        (0, 40, "d"),
        (1, 5, "e"),
        (1, 6, "f"),
    ):
        cli("topics", "produce", "t", "-p", partition, "-T", stamp, stdin=f"{line}\n")
    for group, count in (("slow", 1), ("fast", 9)):
        commit(tmp_path / ".streamz", group, count)
    return cli


def commit(home, group, count):
    broker = Broker(RealEnv(), str(home), create=False)
    with Consumer(broker, ["t"], key=BYTES, value=BYTES, group=group, owns_broker=True) as consumer:
        consumer.poll(0, count)
        consumer.commit()
