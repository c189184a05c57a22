"""Operators that let records through: methods and decorators alike."""

import pytest

from streamz_core.topology import nodes as n
from tests.dsl.faces.shapes import check_handed, check_shapes

STEPS = {"filter": n.Filter, "filter_not": n.Filter, "peek": n.Peek}


@pytest.mark.parametrize("op, kind", STEPS.items())
def test_an_operator_is_a_method_and_a_decorator_with_and_without_options(app, texts, op, kind):
    check_shapes(app, texts, op, kind)


@pytest.mark.parametrize("op", STEPS)
def test_key_and_stores_are_handed_over_where_they_are_asked_for(app, texts, op):
    check_handed(app, texts, op)


def test_filter_not_negates(texts, built):
    texts.filter(bool, name="kept")
    texts.filter_not(bool, name="dropped")
    assert (built("kept").negate, built("dropped").negate) == (False, True)
