"""Flows: what one block makes of a record is not seen by the next."""

from streamz_core.codecs.free import JSON
from streamz_core.codecs.plain import INT, STR
from streamz_core.lines.flows import Flow
from streamz_core.lines.sides import Side
from tests.lines.written import Written


def flow(old=None):
    return Flow(Side(STR, raw="key"), Side(INT, raw="value"), "timestamp", "headers", old)


def test_what_a_copy_makes_stays_with_it():
    lines, outer = Written(), flow(Side(INT, raw="old"))
    inner = outer.copy()
    for side in (inner.key, inner.value, inner.old):
        side.obj(lines)
    assert not any(side.has_object() for side in (outer.key, outer.value, outer.old))


def test_a_flow_apart_shares_no_object_that_could_be_changed():
    lines = Written()
    one = Flow(
        Side(JSON, obj="key"),
        Side(JSON, obj="value"),
        "timestamp",
        "headers",
        Side(JSON, raw="raw", obj="old"),
    )
    other = one.apart(lines)
    assert not any(side.has_object() for side in (other.key, other.value, other.old))
    assert (other.timestamp, other.headers) == ("timestamp", "headers")
    assert flow().apart(lines).shape() == flow().shape()


def test_a_block_gives_a_copy():
    lines, outer = Written(), flow()
    with lines.block("if key is not None:", outer.with_key()) as inner:
        assert inner.key.is_null() == "False"
        inner.value.obj(lines)
    assert outer.key.is_null() == "key is None"
    assert not outer.value.has_object()


def test_with_value_is_only_of_the_value():
    made = flow().with_value()
    assert (made.key.nullable, made.value.nullable) == (True, False)


def test_names_and_shape_follow_a_renaming():
    for one in (flow(), flow(Side(INT, raw="old"))):
        inside = one.renamed(lambda hint: f"my_{hint}")
        assert inside.shape() == one.shape()
        assert [name.startswith("my_") for name in inside.names()] == [True] * len(one.names())
    assert flow().shape() != flow(Side(INT, raw="old")).shape()
    assert flow().names() == ["key", "value", "timestamp", "headers"]
