"""Joins by a foreign key: what a row tells, who answers what, and which answers count."""

import pytest

from streamz_core.codecs.annotation import codec_for
from streamz_core.codecs.carried.subscriptions import (
    ANSWER,
    ANSWER_IF_FOUND,
    FORGET,
    FORGET_AND_ANSWER,
    digest_of,
    pack_response,
)
from streamz_core.codecs.plain import INT
from streamz_core.operators.joins.foreign_key import inner_told, left_told
from tests.compiler.harness import World, ints, row
from tests.topology.graphs import Shop

A, B = b"a", b"b"


@pytest.mark.parametrize(
    "was, now, old, new, inner, left",
    [
        (None, None, None, None, (), ()),
        (None, 1, None, None, (), ((None, ANSWER),)),
        (None, 1, None, A, ((A, ANSWER_IF_FOUND),), ((A, ANSWER),)),
        (1, 2, A, A, ((A, ANSWER_IF_FOUND),), ((A, ANSWER),)),
        (1, 2, A, B, ((A, FORGET), (B, ANSWER)), ((A, FORGET), (B, ANSWER))),
        (1, 2, None, B, ((B, ANSWER_IF_FOUND),), ((B, ANSWER),)),
        (1, 2, A, None, ((A, FORGET_AND_ANSWER),), ((A, FORGET), (None, ANSWER))),
        (1, 2, None, None, (), ((None, ANSWER),)),
        (1, None, A, None, ((A, FORGET_AND_ANSWER),), ((A, FORGET), (None, ANSWER))),
        (1, None, None, None, (), ((None, ANSWER),)),
    ],
)
def test_what_a_change_tells(was, now, old, new, inner, left):
    assert inner_told(was, now, old, new) == inner
    assert left_told(was, now, old, new) == left


class Refers:
    """Orders that refer to products by their last digit, 0 to nothing; joined as order * 100 + product."""

    def __init__(self, how="inner", *, store="", behind=None, fused=True):
        shop = Shop()
        orders, products = shop.table("orders"), shop.table("products")
        joined = shop.refer("joined", orders, products, how=how, store=store)
        shop.to("out", joined if behind is None else behind(shop, joined))
        self.world = World(shop.graph(), fused=fused)

    def __call__(self, topic, key, value, timestamp=0):
        """What one change puts out: (key, value, timestamp)."""
        self.world.out.clear()
        self.world.send(topic, row(key, value, timestamp))
        self.world.run()
        rows = [one for _, one in self.world.out]
        return [
            (*pair, one[2]) for pair, one in zip(ints([r[:2] for r in rows]), rows, strict=True)
        ]


@pytest.mark.parametrize("fused", [True, False])
def test_each_row_meets_what_it_refers_to_whatever_comes_first(fused):
    join = Refers(fused=fused)
    assert join("orders", "a", 11, 5) == []
    assert join("orders", "b", 21, 6) == []
    assert join("orders", "c", 32, 7) == []
    assert join("products", "1", 7, 3) == [("a", 1107, 3), ("b", 2107, 3)]
    assert join("orders", "d", 41, 2) == [("d", 4107, 3)], "at the later time of both"
    assert join("products", "1", None, 9) == [("a", None, 9), ("b", None, 9), ("d", None, 9)]


def test_a_row_that_refers_elsewhere_leaves_nothing_behind():
    join = Refers()
    join("products", "1", 7)
    assert join("orders", "a", 11) == [("a", 1107, 0)]
    assert join("orders", "a", 12) == [("a", None, 0)]
    assert join("products", "1", 8) == []
    assert join("products", "2", 9) == [("a", 1209, 0)]
    assert join("orders", "a", 10) == [("a", None, 0)], "it refers to nothing"
    assert join("products", "2", 8) == []
    assert join("orders", "a", None) == []


def test_a_left_join_gives_every_row():
    join = Refers("left")
    assert join("orders", "a", 11) == [("a", 1100, 0)]
    assert join("products", "1", 7) == [("a", 1107, 0)]
    assert join("orders", "a", 10) == [("a", 1000, 0)]
    assert join("orders", "a", None) == [("a", None, 0)]
    assert join("orders", "a", None) == []


def test_an_answer_to_a_value_that_is_gone_is_nothing():
    join = Refers(store="kept")
    join("orders", "a", 11)
    late = "shop-joined-response-repartition"
    for digest, counts in ((digest_of(INT.encode(99)), False), (digest_of(INT.encode(11)), True)):
        join.world.out.clear()
        join.world.send(late, (b"a", pack_response(digest, INT.encode(5)), 0, ()))
        join.world.run()
        assert bool(join.world.out) is counts
    task = join.world.readers[late]
    assert task.rows("kept") == [("a", 1105, 0)]


@pytest.mark.parametrize("store, again", [("kept", []), ("", [("a", None, 0)])])
def test_old_values_go_to_who_asks_for_them_if_it_has_them(store, again):
    """A filter makes no join keep its rows, as it makes no source."""
    join = Refers(store=store, behind=lambda shop, joined: shop.filter("some", joined))
    join("products", "1", 7)
    assert join("orders", "a", 1) == [("a", 107, 0)]
    assert join("orders", "a", -9) == [("a", None, 0)], "it refers to 1 as well, and is -893"
    assert join("orders", "a", -19) == again, "neither before nor now"


def test_digests_are_of_values_as_they_are_written_now():
    """Bytes of an older form of the same value are the same value."""
    codec = codec_for(tuple[float, ...])
    shop = Shop()
    orders = shop.table("orders", value=codec)
    products = shop.table("products")
    joined = shop.refer("joined", orders, products, on=lambda _: "1", fn=lambda _, product: product)
    shop.to("out", joined)
    world = World(shop.graph())
    world.send("products", row("1", 7))
    plain = codec.encode((1.0,))
    as_int = plain.replace(b"\xcb\x3f\xf0\0\0\0\0\0\0", b"\x01")
    assert as_int != plain
    assert codec.decode(as_int) == (1.0,)
    world.send("orders", (b"a", as_int, 0, ()))
    world.run()
    assert ints([one[:2] for _, one in world.out]) == [("a", 7)]


def test_rows_that_refer_to_nothing_are_counted():
    join = Refers()
    join("orders", "a", 10)
    (task,) = {join.world.readers["orders"]}
    assert task.dropped == {"null-foreign-key joined.on": 1}
