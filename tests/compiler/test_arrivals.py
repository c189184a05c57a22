"""The functions that records go on with which had to wait."""

import re

import pytest

from streamz_core import App
from streamz_core.compiler.program import compile_sub
from streamz_core.topology.plan import make_plan


async def ask(value: str) -> str:
    return value


@pytest.fixture
def app():
    return App("shop")


@pytest.fixture
def lines(app):
    return app.stream("in", key=str, value=str)


def text(app, *, fused=True):
    plan = make_plan(app.build())
    (sub,) = plan.subs
    return compile_sub(plan, sub, fused=fused).text


@pytest.mark.parametrize("fused", [True, False])
def test_what_comes_from_elsewhere_goes_the_same_way(app, lines, fused):
    asked = lines.map_async(ask, name="asked", concurrency=3, timeout=None)
    asked.merge(lines, name="both").to("out")
    found = text(app, fused=fused)
    assert "ask_asked = asking('asked', 3, None)" in found
    assert re.search(r"line_1.wait\(ALL, answer, arrive_asked, .*, 'in', offset, -1\)", found)
    assert re.search(r"line_1.behind\(arrive_both, .*, 'in', offset, -1\)", found)


def test_each_shape_of_a_record_has_a_function_and_the_same_one_has_one(app, lines):
    asked = lines.map_async(ask, name="asked")
    both = asked.merge(
        lines, lines.map_values(str.upper, value=str), lines.filter(str.isupper), name="both"
    )
    both.to("out")
    found = text(app)
    assert found.count("def arrive_both") == 2
    assert found.count("line_1.behind(") == 3


def test_what_waited_sees_the_stream_time_of_its_record(app, lines):
    asked = lines.map_async(ask, name="asked")

    @asked.process_values(value=str)
    def placed(record, context):
        yield record

    found = text(app)
    assert "'in', offset, task)" in found
    assert "context_placed.stream_time = stream_time" in found
    assert "if timestamp > task:" in found


def test_a_second_line_for_what_waited_before(app, lines):
    first = lines.map_async(ask, name="first")
    first.map_async(ask, name="second", order="key").merge(lines, name="both").to("out")
    found = text(app)
    assert re.search(
        r"line_2.wait\(raw, answer, arrive_second, raw, .*, topic, offset, -1\)", found
    )
    assert "line_1.behind(arrive_both, " in found
    assert "line_2.behind(arrive_both2, " in found
