"""Drafts: steps as they were said, before anything is settled."""

import pytest

from streamz_core.dsl.declared import ops
from streamz_core.dsl.declared.drafts import Drafts, handed
from streamz_core.dsl.declared.functions import UserFunction
from streamz_core.dsl.declared.steps.said import Call, KeptRows, Spread, Streamed
from streamz_core.errors import TopologyError


@pytest.fixture
def drafts():
    return Drafts("shop", {"stream": lambda draft, fn: ("stream", draft, fn)})


@pytest.fixture
def source(drafts):
    return drafts.add(ops.STREAM, said=Streamed(("texts",)), call=Call("texts"))


def test_a_step_is_shown_by_its_name_or_by_where_it_hangs(drafts, source):
    step = drafts.step(ops.FILTER, (source,), lambda text: True, Call())
    assert source.shown == "texts"
    assert step.shown == "texts.filter"
    assert drafts.step(ops.PEEK, (step,), print, Call()).shown == "print"
    assert [draft.order for draft in drafts.all] == [0, 1, 2]


def test_what_is_said_stands_as_it_was_said(drafts, source):
    step = drafts.step(ops.MAP, (source,), print, Call("mapped", key=str, value=int))
    assert (step.name, step.call.key, step.call.value) == ("mapped", str, int)
    assert drafts.add(ops.REPARTITION, (source,), Spread(3), Call("s")).said.partitions == 3


def test_keys_are_changed_until_records_are_placed_anew(drafts, source):
    keyed = drafts.step(ops.SELECT_KEY, (source,), print, Call())
    seen = drafts.step(ops.PEEK, (keyed,), print, Call())
    spread = drafts.add(ops.REPARTITION, (seen,), None, Call("spread"))
    both = drafts.add(ops.MERGE, (source, seen))
    steps = (source, keyed, seen, spread, both, drafts.add(ops.TO_TABLE, (seen,)))
    assert [step.rekeyed for step in steps] == [False, True, True, False, True, False]


def test_a_refused_step_leaves_no_draft(drafts, source):
    with pytest.raises(
        TopologyError, match=r"texts.to_table: a materialized to_table keeps a store"
    ):
        drafts.add(ops.TO_TABLE, (source,), KeptRows(materialized=True))
    with pytest.raises(TopologyError, match=r"texts.repartition keeps something under its name"):
        drafts.add(ops.REPARTITION, (source,))
    assert drafts.all == [source]


def test_who_keeps_something(drafts, source):
    assert not source.keeps
    assert drafts.add(ops.REPARTITION, (source,), None, Call("spread")).keeps
    assert not drafts.add(ops.TO_TABLE, (source,), KeptRows()).keeps
    assert drafts.add(ops.TO_TABLE, (source,), KeptRows(materialized=True), Call("t")).keeps


def test_a_face_is_found_by_what_the_operator_gives(drafts, source):
    assert drafts.face(source, len) == ("stream", source, len)


def test_what_a_function_is_handed_in_words():
    assert handed(ops.JOIN, UserFunction(len, with_key=True)) == ("key", "left", "right")
    assert handed(ops.TRANSFORM_IN_CONTEXT, UserFunction(len)) == ("value", "context")
