"""The rows of a global table as functions see them: read, in order, of every codec, and never written."""

import pytest

from streamz_core.codecs.annotation import codec_for
from streamz_core.codecs.plain import INT, STR
from streamz_core.errors import Misuse
from streamz_core.stores.keyed.view import RowsView
from streamz_state.batch import WriteBatch
from streamz_state.memory import MemoryDatabase
from tests.stores.opened import opened, timestamped


def view_of(rows, *, check=lambda: None, again=False, **codecs):
    """After `again` nothing of them is in memory any more."""
    spec, database = timestamped(**codecs), MemoryDatabase()
    store = opened(spec, database)
    keys = [spec.key.encode(key) for key in rows]
    values = [spec.value.encode(value) for value in rows.values()]
    changes = store.followed(keys, values, [5] * len(keys))
    database.write(WriteBatch(changes.puts, changes.deletes), None)
    if again:
        store.moved(database)
    return RowsView(store, check)


@pytest.mark.parametrize("again", [False, True])
def test_rows_are_found_and_come_in_order(again):
    view = view_of({5: "x", -5: "y", 0: "z"}, key=INT, value=STR, again=again)
    assert view[5] == "x"
    assert view.get(-5) == "y"
    assert view.get(7) is None
    assert 0 in view
    assert 7 not in view
    assert list(view) == [-5, 0, 5]
    assert len(view) == 3
    assert list(view.range(-1, reverse=True)) == [(5, "x"), (0, "z")]
    assert [key for key, _ in view.range(reverse=True)] == [5, 0, -5]
    with pytest.raises(KeyError):
        view[7]


@pytest.mark.parametrize("again", [False, True])
def test_what_a_function_does_to_a_value_changes_no_row(again):
    view = view_of({"a": ["x"]}, key=STR, value=codec_for(list[str]), again=again)
    view["a"].append("y")
    assert view["a"] == ["x"]
    assert dict(view.items()) == {"a": ["x"]}


def test_nobody_can_write_and_no_other_thread_can_read():
    def refuse():
        raise Misuse("another thread")

    view = view_of({"a": 1}, key=STR, value=INT)
    with pytest.raises(TypeError):
        view["a"] = 2
    view = view_of({"a": 1}, key=STR, value=INT, check=refuse)
    for read in (lambda: view["a"], lambda: "a" in view, lambda: list(view), lambda: len(view)):
        with pytest.raises(Misuse, match="another thread"):
            read()
