"""Calls of functions: the order of arguments, the time of what they write."""

from streamz_core.codecs.plain import INT, STR
from streamz_core.lines.calls import call, context_at, drop
from streamz_core.topology.nodes import Func, StoreSpec
from tests.lines.test_flows import flow
from tests.lines.written import Written

LAST = StoreSpec("last", "plain", STR, INT)


def test_key_then_values_then_stores():
    lines = Written()
    fn = Func(print, "look", with_key=True, stores=(LAST,))
    key = "value1"
    assert call(lines, fn, flow(), "left", "right") == f"look({key}, left, right, facade_last)"
    assert lines.text[-1] == "facade_last.timestamp = timestamp"
    assert lines.namespace["look"] is print


def test_the_context_is_brought_up_to_the_record():
    lines = Written()
    assert context_at(lines, flow()) == "context"
    assert lines.text == ["context.timestamp = timestamp", "context.headers = headers"]


def test_a_dropped_record_is_counted_at_its_step():
    lines = Written()
    drop(lines, "'late'")
    assert lines.text == ["drop('late', 'step')"]
