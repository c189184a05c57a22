"""Layers: what each commit that is under way has put, one upon the other."""

from streamz_core.codecs.plain import INT, STR
from streamz_core.stores.versioned.layers import Layer, changed
from streamz_core.stores.versioned.layout import NO_VERSION, Layout
from streamz_core.topology.nodes import StoreSpec
from streamz_state.keys import newest_start_key

LAYOUT = Layout(StoreSpec("v", "versioned", STR, INT, history_ms=9000), 3)
HEAD = LAYOUT.head(0, b"k")


def test_the_upper_layer_counts():
    lower = Layer(5, b"")
    lower.put_older(HEAD, 1, b"one")
    lower.put_older(HEAD, 2, b"two")
    upper = lower.above()
    upper.put_older(HEAD, 2, None)
    assert changed([lower, upper], HEAD) == {1: b"one", 2: None}
    assert changed([lower], LAYOUT.head(0, b"other")) == {}
    assert upper.newest == 5


def test_a_layer_takes_what_another_has():
    lower, upper = Layer(5, b""), Layer(9, b"swept")
    for layer, data in ((lower, b"one"), (upper, b"two")):
        layer.put_latest(b"k", layer.newest, data)
        layer.put_older(HEAD, layer.newest, data)
        layer.tell(b"k", layer.newest, data)
    lower.take(upper)
    assert lower.latest == {b"k": (9, b"two")}
    assert changed([lower], HEAD) == {5: b"one", 9: b"two"}
    assert [value for value, _ in lower.log.values()] == [b"one", b"two"]
    assert (lower.newest, lower.swept) == (9, b"swept")


def test_a_commit_writes_rows_and_deletes_them_and_tells_the_changelog():
    layer = Layer(9, b"")
    layer.put_latest(b"k", 9, b"v")
    layer.latest[b"gone"] = NO_VERSION
    layer.put_older(HEAD, 1, b"one")
    layer.put_older(HEAD, 2, None)
    layer.tell(b"k", 9, b"v")
    layer.tell(b"gone", 2, None)
    changes = layer.changes(LAYOUT, saved=5)
    assert changes.puts[0][0] == LAYOUT.latest + b"k"
    assert dict(changes.puts)[newest_start_key(LAYOUT.prefix)] == (9).to_bytes(8, "big")
    assert changes.deletes == [LAYOUT.latest + b"gone", HEAD + (2).to_bytes(8, "big")]
    assert (changes.values, changes.timestamps) == ([b"v", None], [9, 2])
    assert len(layer.changes(LAYOUT, saved=9).puts) == 2
