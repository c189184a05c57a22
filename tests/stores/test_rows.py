"""Rows in memory: what is loaded, nested, taken, forgotten, evicted, encoded; bytes as on disk."""

import json
from pathlib import Path

import pytest

from streamz_core.codecs.free import JSON
from streamz_core.codecs.plain import INT
from streamz_core.stores.kinds import KINDS
from streamz_core.stores.rows import ABSENT, RAW, Rows, encoded, last_of_each, loaded
from streamz_state.memory import MemoryDatabase
from tests.stores.opened import commit, opened
from tests.stores.test_kinds import spec, write

FIXTURES = Path(__file__).parents[1] / "fixtures" / "rows"


def rows(**found):
    return Rows(lambda key: found.get(key.decode(), ABSENT))


def test_a_row_is_looked_for_once_and_kept():
    asked = []
    made = Rows(lambda key: asked.append(key) or (1, 0, None))
    assert made.row(b"a") == made.row(b"a") == (1, 0, None)
    assert asked == [b"a"]
    assert made.dirty == {}


def test_whole_rows_look_nowhere():
    made = Rows(lambda _: pytest.fail("looked for"), whole=True)
    assert made.row(b"a") == ABSENT


def test_a_nested_overlay_leaves_the_rows_alone_until_they_take_it():
    outer = rows(a=(1, 0, None))
    nested = outer.nested()
    nested.put(b"a", (2, 0, None))
    assert outer.row(b"a")[0] == 1
    outer.take(nested)
    assert outer.row(b"a")[0] == outer.dirty[b"a"][0] == 2


def test_forgotten_rows_are_looked_for_again():
    made = rows(a=(1, 0, None))
    made.put(b"a", (2, 0, None))
    made.forget([b"a"])
    assert made.row(b"a")[0] == 1


def test_eviction_takes_the_first_that_are_not_busy():
    made = rows()
    for key in (b"a", b"b", b"c"):
        made[key] = (1, 0, None)
    made.evict(2, [{b"a": ABSENT}])
    assert list(made) == [b"a", b"c"]


def test_objects_that_nobody_can_change_are_kept_others_as_bytes():
    assert loaded(INT, INT.encode(7), 5) == (7, 5, INT.encode(7))
    assert loaded(JSON, b"[7]", 5) == (b"[7]", 5, None)


def test_of_each_key_the_last_row_counts():
    found = last_of_each([b"a", b"b", b"a"], [b"1", b"2", None], [1, 2, 3])
    assert found == ([b"a", b"b"], [None, b"2"], [3, 2])


def test_known_bytes_are_not_encoded_again():
    column = [(1, 0, None), (None, 0, None), ("no int", 0, b"known")]
    assert encoded(INT, column) == [INT.encode(1), None, b"known"]
    assert encoded(JSON, [(b"[1]", 0, None)]) == [b"[1]"]
    assert column[2][RAW] == b"known"


@pytest.mark.parametrize("kind", KINDS)
def test_the_bytes_of_a_kind_are_those_that_were_written_before(kind):
    """Whoever changes them makes every state directory and changelog unreadable: raise a version."""
    database = MemoryDatabase()
    store = opened(spec(kind), database)
    write(store, b"a", 1)
    write(store, b"gone", None)
    log = commit(store, database)
    written = {
        "rows": [[key.hex(" "), data.hex(" ")] for key, data in database.scan(b"", None)],
        "changelog": [
            [key.hex(" "), None if value is None else value.hex(" "), timestamp]
            for key, value, timestamp in log
        ],
    }
    assert written == json.loads((FIXTURES / f"{kind}.json").read_text())
