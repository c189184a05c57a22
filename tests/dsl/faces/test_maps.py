"""Operators that make other records: methods and decorators alike."""

import pytest

from streamz_core.topology import nodes as n
from tests.dsl.faces.shapes import check_handed, check_shapes

STEPS = {
    "map_values": n.MapValues,
    "flat_map_values": n.FlatMapValues,
    "map": n.Map,
    "flat_map": n.FlatMap,
    "select_key": n.SelectKey,
}


@pytest.mark.parametrize("op, kind", STEPS.items())
def test_an_operator_is_a_method_and_a_decorator_with_and_without_options(app, texts, op, kind):
    check_shapes(app, texts, op, kind)


@pytest.mark.parametrize("op", STEPS)
def test_key_and_stores_are_handed_over_where_they_are_asked_for(app, texts, op):
    check_handed(app, texts, op)


def test_types_that_are_said_become_codecs(texts, built):
    texts.map(lambda text: (1, 2.0), key=int, value=float, name="pairs")
    assert (built("pairs").key.name, built("pairs").value.name) == ("int", "float")
