"""`streamz topics consume -G`: a member of a group."""

import json

import pytest

from streamz_core.broker.consumer import Consumer
from streamz_core.broker.embedded import Broker
from streamz_core.codecs.plain import BYTES
from streamz_core.env.real import RealEnv


@pytest.fixture
def four(cli):
    """Topic t has two partitions with records 0, 1 and 2, 3."""
    cli("topics", "create", "t", "--partitions", 2)
    for partition in (0, 1):
        lines = f"{2 * partition}\n{2 * partition + 1}\n"
        cli("topics", "produce", "t", "-p", partition, stdin=lines)
    return cli


def test_a_group_goes_on_where_it_stands(four):
    assert len(four("topics", "consume", "t", "-G", "g", "-c", 3).lines) == 3
    assert len(four("topics", "consume", "t", "-G", "g", "-e").lines) == 1
    assert four("topics", "consume", "t", "-G", "g", "-e").lines == []
    assert len(four("topics", "consume", "t", "-G", "other", "-e").lines) == 4
    assert four("topics", "consume", "t", "-G", "late", "-e", "-o", "end").lines == []
    row = json.loads(four("groups", "lag", "g", "--json").lines[0])
    assert row["lag"] == 0


def test_partitions_are_divided_and_who_has_which_is_told(four, tmp_path):
    broker = Broker(RealEnv(), str(tmp_path / ".streamz"), create=False)
    options = {"key": BYTES, "value": BYTES, "group": "g", "owns_broker": True}
    with Consumer(broker, ["t"], member="here", **options) as consumer:
        assert len(consumer.poll()) == 4
        done = four("groups", "describe", "g", "--members")
        assert "group g (consumers) is stable, with 1 members" in done.err
        assert done.lines[1].split()[2] == "here"
        assert done.lines[1].endswith("t[0], t[1]")
        rows = map(json.loads, four("groups", "describe", "g", "--json").lines)
        assert {row["pid"] for row in rows} == {broker.env.pid()}
        refused = four("groups", "delete", "g", "--execute")
        assert refused.code == 2
        assert "living members" in refused.err


@pytest.mark.parametrize(
    "options, told",
    [
        (["-p", 0], "the members of a group divide the partitions"),
        (["-o", 1], "streamz groups reset-offsets"),
        (["--from-time", "0"], "streamz groups reset-offsets"),
    ],
)
def test_what_is_no_groups_is_refused(four, options, told):
    done = four("topics", "consume", "t", "-G", "g", *options)
    assert done.code == 2
    assert told in done.err
