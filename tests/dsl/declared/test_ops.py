"""The rows of operators hold together."""

import pytest

from streamz_core.dsl.declared import ops, sides
from streamz_core.topology import nodes
from streamz_core.topology.traits import traits_of

ROWS = {name: op for name, op in vars(ops).items() if isinstance(op, ops.Op)}


@pytest.mark.parametrize("op", ROWS.values(), ids=ROWS)
def test_a_side_is_made_by_a_function_or_not_at_all(op):
    if op.takes is None:
        assert (op.key, op.value, op.many) == (None, None, False)


@pytest.mark.parametrize("op", ROWS.values(), ids=ROWS)
def test_what_is_held_fits_the_node(op):
    if issubclass(op.node, nodes.TableNode):
        assert op.gives == "table"
    elif issubclass(op.node, nodes.StreamNode):
        assert op.gives in {"stream", "grouped", "grouped table", "split", "timer"}
    elif traits_of(op.node).everywhere:
        assert op.gives == "global table"
    else:
        assert op.gives == "end"


@pytest.mark.parametrize("op", ROWS.values(), ids=ROWS)
def test_everything_may_be_left_unsaid(op):
    assert op.said().keeps is False
    assert op.said().reads == ()


def test_what_makes_many_results_looks_inside_an_iterable():
    for op in ROWS.values():
        paths = [path for path in (op.key, op.value) if path]
        # What a timer yields is of the types of the step that it hangs on.
        assert op.many == (any(path[0] == "each" for path in paths) or op.gives == "timer"), op.name


def test_every_rule_is_used():
    rules = {rule for name, rule in vars(sides).items() if name.startswith("as_")}
    assert {op.sides for op in ROWS.values()} == rules
