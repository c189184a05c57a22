"""Lines that fill a buffer: columns as bytes or objects, headers where there are any."""

from streamz_core.codecs.plain import INT
from streamz_core.topology import nodes as n
from tests.compiler.harness import row, task_of
from tests.topology.graphs import Shop

TAGS = (("h", b"x"),)


def test_objects_are_encoded_by_the_column_and_headers_kept_by_place():
    shop = Shop()
    more = shop.add(
        n.MapValues, "more", shop.stream("in"), fn=n.Func(lambda value: value + 1, "more")
    )
    shop.to("out", more)
    task = task_of(shop)
    task.run("in", [row("a", 1), row("b", 2, 5, TAGS)])
    buffer = task.outputs["out"]
    assert buffer.value_codec is INT
    assert buffer.headers == {1: TAGS}
    assert buffer.values == [INT.encode(2), INT.encode(3)]


def test_keys_of_windows_are_told_to_the_buffer():
    shop = Shop()
    shop.to("out", shop.windowed("hits", shop.stream("in")))
    task = task_of(shop)
    task.run("in", [row("a", 1, 5)])
    assert task.outputs["out"].tail_bytes == 8
