"""What generated lines decode and encode, when, and that no value can be changed behind a store."""

from itertools import pairwise

import attrs
import pytest

from streamz_core.codecs.annotation import codec_for
from streamz_core.codecs.codec import Codec
from streamz_core.codecs.free import JSON, JsonCodec
from streamz_core.codecs.plain import BYTES, INT, STR, StrCodec
from streamz_core.compiler.program import compile_sub
from streamz_core.errors import CodecError, TopologyError
from streamz_core.topology import nodes as n
from streamz_core.topology.plan import make_plan
from tests.compiler.harness import ints, row, run, task_of
from tests.topology.graphs import Shop


class Unreadable(StrCodec):
    def decode(self, data):
        raise AssertionError("nobody looks at this side")

    decode_all = decode


def test_a_side_that_nobody_looks_at_is_never_decoded():
    shop = Shop()
    source = shop.stream("in", key=Unreadable())
    shop.count("total", source)
    shop.to("out", shop.filter("some", source))
    assert ints(run(shop, "in", [row("a", 1), row("b", -1)])) == [("a", 1)]


def test_values_that_nothing_changed_keep_their_bytes():
    shop = Shop()
    source = shop.stream("in", value=JSON)
    some = shop.add(n.Filter, "some", source, fn=n.Func(lambda value: value["n"] > 0, "some"))
    shop.to("out", shop.add(n.Peek, "look", some, fn=n.Func(lambda value: None, "look")))
    odd = b'{ "n" : 1 }'
    assert run(shop, "in", [(b"a", odd, 0, ())]) == [(b"a", odd)]


@pytest.mark.parametrize("fused", [True, False])
def test_only_what_follows_a_step_that_could_change_it_gets_another_value(fused):
    shop = Shop()
    source = shop.stream("in", value=JSON)
    made = shop.add(n.MapValues, "made", source, fn=n.Func(list, "made"))
    shop.to("before", made)
    seen = []
    for name in ("one", "two"):
        see = n.Func(lambda value: seen.append((value, value.append(1))), name)
        shop.add(n.Foreach, name, made, fn=see)
    shop.to("after", made)
    task = task_of(shop, fused=fused)
    task.run("in", [(b"k", b'["a"]', 0, ())])
    found = {topic: [one[1] for one in rows] for topic, rows in task.commit().items()}
    assert found == {"before": [b'["a"]'], "after": [b'["a"]']}
    assert [value for value, _ in seen] == [["a", 1]] * 2
    assert task.program.text.count("encode_json(") == 1
    assert task.program.text.count("decode_json(") == 1


def test_another_codec_of_a_sink_writes_its_own_bytes():
    shop = Shop()
    shop.to("out", shop.stream("in"), value=JSON)
    assert run(shop, "in", [row("a", 1)]) == [(b"a", b"1")]


def test_sinks_of_one_topic_may_differ():
    shop = Shop()
    source = shop.stream("in")
    shop.to("out", source)
    shop.to("out", shop.add(n.MapValues, "more", source, fn=n.Func(lambda v: v + 1, "more")))
    shop.to("out", source, value=JSON)
    got = run(shop, "in", [row("a", 1)])
    assert got == [(b"a", INT.encode(1)), (b"a", INT.encode(2)), (b"a", b"1")]


def test_bytes_and_objects_of_one_codec_go_well_together():
    shop = Shop()
    source = shop.stream("in")
    shop.to("out", source)
    shop.to("out", shop.add(n.MapValues, "more", source, fn=n.Func(lambda v: v + 1, "more")))
    assert ints(run(shop, "in", [row("a", 1)])) == [("a", 1), ("a", 2)]


class Columns(JsonCodec):
    """Values that could be changed, with a faster way for columns."""

    def encode_all(self, values):
        return [None if value is None else self.encode(value) for value in values]


def test_what_could_be_changed_is_encoded_before_the_next_record():
    held = []
    shop = Shop()
    fn = n.Func(lambda value: append(held, value), "all")
    shop.to("out", shop.add(n.MapValues, "all", shop.stream("in"), fn=fn, value=Columns()))
    got = run(shop, "in", [row("a", 1), row("a", 2)])
    assert [value for _, value in got] == [b"[1]", b"[1,2]"]


def test_bytes_need_no_codec():
    shop = Shop()
    source = shop.stream("in", key=BYTES, value=BYTES)
    some = shop.add(n.Filter, "some", source, fn=n.Func(lambda value: value != b"x", "some"))
    shop.to("out", some)
    rows = [(b"k", b"x", 0, ()), (b"k", b"y", 0, ())]
    assert run(shop, "in", rows) == [(b"k", b"y")]


@pytest.mark.parametrize("side, bad", [("value", (b"a", b"no int", 0, ()))])
def test_bytes_that_cannot_be_decoded_are_told_with_their_side(side, bad):
    shop = Shop()
    shop.to("out", shop.filter("some", shop.stream("in")))
    task = task_of(shop)
    rows = [row("a", 1), bad, row("c", 3)]
    with pytest.raises(CodecError) as caught:
        task.run("in", rows)
    assert caught.value.side == side
    for one in rows:
        marks = {topic: output.mark() for topic, output in task.outputs.items()}
        try:
            task.run("in", [one])
        except CodecError:
            task.outputs["out"].truncate(marks["out"])
    assert [written[0] for written in task.commit()["out"]] == [b"a", b"c"]


def test_a_key_that_cannot_be_decoded_is_told_as_such():
    shop = Shop()
    fn = n.Func(lambda key, value: True, "some", with_key=True)
    shop.add(n.Filter, "some", shop.stream("in"), fn=fn)
    with pytest.raises(CodecError) as caught:
        task_of(shop).run("in", [(b"\xff", INT.encode(1), 0, ())])
    assert caught.value.side == "key"


def test_a_result_that_does_not_fit_its_codec_fails_inside_the_batch():
    shop = Shop()
    shop.to("out", shop.add(n.MapValues, "text", shop.stream("in"), fn=n.Func(str, "text")))
    with pytest.raises(CodecError, match="expected int"):
        task_of(shop).run("in", [row("a", 1)])


def test_a_step_without_a_codec_is_refused_by_name():
    shop = Shop()
    source = shop.stream("in")
    mapped = shop.add(n.MapValues, "odd", source, fn=n.Func(str, "odd"), value=None)
    shop.to("out", mapped, value=None)
    plan = make_plan(shop.graph())
    with pytest.raises(TopologyError, match="to-out: no value codec"):
        compile_sub(plan, plan.subs[0])


@attrs.frozen
class Point:
    x: int
    y: int


class Counting(type(codec_for(Point))):
    """Counts what is encoded and decoded; columns go no faster than values one by one."""

    encode_all = Codec.encode_all

    def __init__(self, shape):
        super().__init__(shape)
        self.encoded = self.decoded = 0

    def encode(self, value):
        self.encoded += 1
        return super().encode(value)

    def decode(self, data):
        self.decoded += 1
        return super().decode(data)


def test_a_stored_value_that_goes_on_is_encoded_once():
    codec = Counting(codec_for(Point).shape)
    shop = Shop()
    source = shop.stream("in")
    spec = n.StoreSpec("sum", "timestamped", STR, codec)
    total = shop.add(
        n.Aggregate,
        "sum",
        source,
        kind="aggregate",
        fn=n.Func(lambda point, value: Point(point.x + 1, value), "sum"),
        initial=lambda: Point(0, 0),
        store=spec,
        value=codec,
    )
    shop.to("out", total)
    task = task_of(shop)
    task.run("in", [row("a", 1), row("a", 2)])
    written = task.commit()["out"]
    assert codec.encoded == 2
    assert [codec.decode(value) for _, value, *_ in written] == [Point(1, 1), Point(2, 2)]
    assert task.changelogs["sum"] == [(b"a", written[-1][1], 0)]


def test_a_row_of_a_table_is_decoded_once_for_many_joins():
    codec = Counting(codec_for(Point).shape)
    shop = Shop()
    users = shop.table("users", value=codec)
    fn = n.Func(lambda left, right: left + right.x, "joined")
    shop.to("out", shop.add(n.StreamTableJoin, "joined", shop.stream("in"), users, fn=fn))
    task = task_of(shop)
    task.run("users", [(b"a", codec.encode(Point(5, 6)), 0, ())])
    task.commit()
    task.run("in", [row("a", at) for at in range(10)])
    assert codec.decoded == 1
    assert [INT.decode(written[1]) for written in task.commit()["out"]] == list(range(5, 15))


# ---- values that could be changed


def append(items, value):
    items.append(value)
    return items


def listing(shop, source):
    spec = n.StoreSpec("all", "timestamped", STR, JSON)
    return shop.add(
        n.Aggregate,
        "all",
        source,
        kind="aggregate",
        fn=n.Func(append, "all"),
        initial=list,
        store=spec,
        value=JSON,
    )


def test_an_accumulator_that_is_changed_in_place_rewrites_no_history():
    shop = Shop()
    shop.to("out", listing(shop, shop.stream("in")))
    got = run(shop, "in", [row("a", 1), row("a", 2), row("b", 3), row("a", 4)])
    assert [value for _, value in got] == [b"[1]", b"[1,2]", b"[3]", b"[1,2,4]"]


def test_old_and_new_value_are_never_one_object():
    seen = []
    shop = Shop()
    table = listing(shop, shop.stream("in"))
    fn = n.Func(lambda value: seen.append(value) or True, "some")
    shop.to("out", shop.add(n.TableFilter, "some", table, fn=fn))
    run(shop, "in", [row("a", 1), row("a", 2)])
    assert seen == [[1], [1, 2], [1]]
    assert all(one is not other for one, other in pairwise(seen))


def test_a_joined_row_can_be_changed_without_harm():
    def spoil(left, right):
        right.append(left)
        return right

    shop = Shop()
    users = shop.table("users", value=JSON)
    fn = n.Func(spoil, "spoil")
    joined = shop.add(n.StreamTableJoin, "spoil", shop.stream("in"), users, fn=fn, value=JSON)
    shop.to("out", joined)
    task = task_of(shop)
    task.run("users", [(b"a", b"[0]", 0, ())])
    task.run("in", [row("a", 1), row("a", 2)])
    assert [written[1] for written in task.commit()["out"]] == [b"[0,1]", b"[0,2]"]


def test_a_codec_that_decodes_to_null_gives_null():
    shop = Shop()
    source = shop.stream("in", value=JsonCodec())
    spec = n.StoreSpec("last", "timestamped", STR, JSON)
    shop.add(
        n.Aggregate, "last", source, kind="reduce", fn=n.Func(max, "last"), store=spec, value=JSON
    )
    task = task_of(shop)
    task.run("in", [(b"a", b"null", 0, ())])
    assert task.dropped == {"null-value last": 1}
