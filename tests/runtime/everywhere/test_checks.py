"""Which records of its topic a global table takes."""

import pytest

from streamz_core.codecs.plain import INT, STR
from streamz_core.config import Config
from streamz_core.metrics import Metrics
from streamz_core.record import Batch
from streamz_core.runtime.everywhere.checks import Checks
from streamz_core.topology.nodes import GlobalTable, StoreSpec, TopicRef

TABLE = GlobalTable(
    name="ages",
    order=0,
    key=STR,
    value=INT,
    topic=TopicRef("ages"),
    kept=StoreSpec("ages", "timestamped", STR, INT),
)
GOOD = INT.encode(5)


@pytest.fixture
def metrics():
    return Metrics()


def taken(metrics, *rows, **settings):
    keys, values = [row[0] for row in rows], [row[1] for row in rows]
    batch = Batch(10, keys, values, list(range(len(rows))), None, 9)
    return Checks(TABLE, "@global/ages", Config(**settings), metrics).take(batch, 2)


def test_all_that_can_be_read_and_has_a_key(metrics):
    found = taken(metrics, (b"a", GOOD), (b"b", None))
    assert (found.keys, found.values, found.timestamps) == ([b"a", b"b"], [GOOD, None], [0, 1])
    assert (found.stop, found.error) == (12, None)


def test_without_a_key_it_is_no_row(metrics):
    found = taken(metrics, (None, GOOD), (b"b", GOOD))
    assert (found.keys, found.timestamps, found.stop) == ([b"b"], [1], 12)
    assert metrics.dropped == {("null-key", "ages"): 1}


def test_what_cannot_be_read_ends_it_with_its_place(metrics):
    found = taken(metrics, (b"a", GOOD), (b"b", b"?"), (b"c", GOOD))
    assert (found.keys, found.stop) == ([b"a"], 11)
    assert found.error.side == "value"
    assert found.error.__notes__[0] == "at ages[2]@11 key='b' node=ages task=@global/ages"


@pytest.mark.parametrize("bad", [(b"b", b"?"), (b"\xff", GOOD), (None, b"?")])
def test_or_is_skipped(metrics, bad):
    handler = {"deserialization_exception_handler": "continue"}
    found = taken(metrics, (b"a", GOOD), bad, (b"c", GOOD), **handler)
    assert (found.keys, found.stop, found.error) == ([b"a", b"c"], 13, None)
    assert metrics.dropped == {("error", "ages"): 1}
