"""From drafts to nodes: in order, each time anew, with what the rows of the table say."""

import pytest

from streamz_core.dsl.declared import ops
from streamz_core.errors import TopologyError


def short(text: str) -> bool:
    """Whether it is short."""
    return len(text) < 5


def test_nodes_stand_in_order_of_declaration(app, texts):
    late = texts.filter(short)
    texts.map_values(str.upper, name="upper")
    late.to("out")
    texts.merge(late).to("all")
    graph = app.build()
    assert [node.order for node in graph.nodes] == list(range(6))
    assert [node.name for node in graph.nodes] == [
        "texts",
        "short",
        "upper",
        "short.to",
        "texts.merge",
        "texts.merge.to",
    ]
    assert [parent.name for parent in graph.nodes[4].parents] == ["texts", "short"]


def test_build_is_pure(app, texts):
    texts.filter(short).to("out")
    one, two = app.build(), app.build()
    assert [node.name for node in one.nodes] == [node.name for node in two.nodes]
    assert not set(one.nodes) & set(two.nodes)
    texts.peek(print)
    assert len(app.build().nodes) == len(one.nodes) + 1


def test_every_field_that_is_said_is_one_of_the_node():
    """Of the constant fields of an operator, and of its function."""
    rows = [op for op in vars(ops).values() if isinstance(op, ops.Op)]
    assert len(rows) > 30
    for op in rows:
        fields = {each.name for each in op.node.__attrs_attrs__}
        named = set(op.fields) | ({op.function} if op.takes is not None else set())
        assert named <= fields, op.name


def frame(text: str) -> "Frame": ...  # noqa: F821 - the point


@pytest.mark.parametrize(
    "step, message",
    [
        (lambda s, t: s.to("out", name="out"), "out writes its values, but"),
        (lambda s, t: s.repartition(name="spread"), "spread writes its values, but"),
        (lambda s, t: s.to_table(name="rows"), "rows writes its values, but"),
        (lambda s, t: s.group_by_key().reduce(max, name="most"), "most writes its values, but"),
        (
            lambda s, t: s.select_key(str, name="keyed").join(t, lambda a, b: "", name="joined"),
            "keyed is repartitioned for joined, but",
        ),
    ],
)
def test_a_codec_that_is_needed_and_unknown_is_told_with_its_reason(
    app, texts, users, step, message
):
    step(texts.map_values(frame, name="framed"), users)
    with pytest.raises(TopologyError, match=rf"{message} .*'Frame'"):
        app.build()
