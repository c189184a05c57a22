"""What can be said of steps, and what becomes of it in the nodes."""

import pytest

from streamz_core.codecs.plain import INT, STR
from streamz_core.dsl.declared import ops
from streamz_core.dsl.declared.drafts import Drafts
from streamz_core.dsl.declared.functions import UserFunction
from streamz_core.dsl.declared.sides import NoCodec, Sides
from streamz_core.dsl.declared.steps.joined import JoinedRows, Referring
from streamz_core.dsl.declared.steps.said import (
    Call,
    Cogrouped,
    CogroupInput,
    Folded,
    FoldedRows,
    KeptRows,
    LookedUp,
    Printed,
    Said,
    Settled,
    Spread,
    Streamed,
    Tabled,
    Written,
)
from streamz_core.dsl.declared.topics import Store, memory
from streamz_core.dsl.declared.windows import tumbling
from streamz_core.errors import TopologyError
from streamz_core.topology.nodes import EARLIEST, StoreSpec, TopicRef

TOPICS = {name: TopicRef(name) for name in ("a", "b")}
SEEN = StoreSpec("seen", "plain")


def settled(sides=None, parents=()):
    made = sides or Sides(STR, INT)
    return Settled("step", "step", "above", made, parents, TOPICS, {"seen": SEEN})


FIELDS = [
    (Said(), {}),
    (Spread(3), {"partitions": 3}),
    (
        LookedUp(left_outer=True),
        {"left_outer": True, "grace_ms": None, "buffer": None},
    ),
    (Written("a"), {"topic": TOPICS["a"]}),
    (Written(), {}),
    (KeptRows(), {"materialized": None, "at_commit": False, "on_change": False}),
    (
        Streamed(("b", "a"), len),
        {
            "topics": (TOPICS["b"], TOPICS["a"]),
            "pattern": None,
            "extractor": len,
            "reset": EARLIEST,
            "idle_ms": None,
        },
    ),
    (
        Tabled(("a",)),
        {
            "topic": TOPICS["a"],
            "extractor": None,
            "reset": EARLIEST,
            "idle_ms": None,
            "materialized": None,
            "at_commit": False,
            "on_change": False,
        },
    ),
    (Printed(), {"label": "above", "file": None}),
    (Printed("said", "file.txt"), {"label": "said", "file": "file.txt"}),
]


@pytest.mark.parametrize("said, fields", FIELDS, ids=lambda part: type(part).__name__)
def test_fields_of_the_node(said, fields):
    assert said.fields(settled()) == fields


@pytest.mark.parametrize("emit, field", [("commit", "at_commit"), ("changes", "on_change")])
def test_what_goes_on_is_said_of_all_kinds_of_tables(emit, field):
    inputs = (CogroupInput(Drafts("shop", {}).add(ops.STREAM, call=Call("clicks")), None),)
    for said in (
        KeptRows(True, emit),
        Tabled(("a",), None, True, emit=emit),
        JoinedRows(True, emit),
        Referring(True, emit),
        Folded(emit=emit),
        FoldedRows(emit=emit),
    ):
        fields = said.fields(settled())
        assert [name for name in ("at_commit", "on_change") if fields[name]] == [field], said
    assert Cogrouped(inputs, emit=emit).emit == emit


@pytest.mark.parametrize("emit", ["commit", "changes"])
def test_rows_that_are_not_stored_cannot_be_compared(emit):
    drafts = Drafts("shop", {})
    for op, said in (
        (ops.SOURCE_TABLE, Tabled(("a",), emit=emit)),
        (ops.TO_TABLE, KeptRows(None, emit)),
        (ops.TABLE_FILTER, KeptRows(False, emit)),
    ):
        with pytest.raises(TopologyError, match=rf'users: emit="{emit}" .* say materialized=True'):
            drafts.add(op, said=said, call=Call("users"))
    with pytest.raises(
        TopologyError, match="users: emit='final'; it takes 'updates' or 'commit' or 'changes'"
    ):
        drafts.add(ops.TO_TABLE, said=KeptRows(True, "final"), call=Call("users"))
    with pytest.raises(
        TopologyError, match="sums: emit='final'; it takes 'updates' or 'commit' or 'changes'"
    ):
        drafts.add(ops.COUNT_TABLE, said=FoldedRows(emit="final"), call=Call("sums"))


def test_a_kept_table_has_a_store_of_its_name():
    for said in (KeptRows(materialized=True), Tabled(("a",), None, memory())):
        store = said.fields(settled())["materialized"]
        assert (store.name, store.kind, store.key, store.value) == ("step", "timestamped", STR, INT)
        assert store.memory == (said.materialized == memory())


def test_an_aggregate_stores_keys_without_their_window():
    window = tumbling("1m", grace="1s")
    fields = Folded(window, "group", memory(), "1h", int).fields(settled(Sides(INT, INT, STR)))
    store = fields.pop("store")
    assert fields == {
        "window": window,
        "grouping": "group",
        "initial": int,
        "merge": None,
        "final": False,
        "at_commit": False,
        "on_change": False,
    }
    assert (store.name, store.kind, store.key, store.memory) == ("step", "window", STR, True)
    assert store.retention_ms == 3_600_000
    assert Folded(window).fields(settled())["store"].retention_ms == 61_000
    assert Folded().fields(settled())["store"].kind == "timestamped"


def test_a_cogroup_has_a_function_for_each_stream_and_one_store():
    drafts = Drafts("shop", {})
    one, two = (drafts.add(ops.STREAM, said=Streamed((name,)), call=Call(name)) for name in "ab")
    inputs = [CogroupInput(one, UserFunction(max)), CogroupInput(two, UserFunction(min), "group")]
    fields = Cogrouped(inputs, tumbling("1m"), memory(), "1h", int).fields(
        settled(Sides(INT, INT, STR))
    )
    assert [fn.call for fn in fields["fns"]] == [max, min]
    assert (fields["groupings"], fields["inputs"]) == ((None, "group"), ("a", "group"))
    store = fields["store"]
    assert (store.kind, store.shared, store.memory, store.key) == ("window", True, True, STR)
    assert not Folded().fields(settled())["store"].shared


def test_two_streams_of_a_cogroup_that_are_known_as_one_are_refused():
    drafts = Drafts("shop", {})
    one = drafts.add(ops.STREAM, said=Streamed(("a",)), call=Call("a"))
    inputs = [CogroupInput(one, UserFunction(max)), CogroupInput(one, UserFunction(min))]
    with pytest.raises(TopologyError, match=r"sums: two of its streams are both known as 'a'"):
        drafts.add(ops.COGROUP, (one, one), Cogrouped(inputs, initial=int), Call("sums"))


def test_an_aggregate_of_a_grouped_table_has_a_function_to_take_out_as_well():
    fields = FoldedRows("group", memory(), int, None, UserFunction(max, with_key=True)).fields(
        settled()
    )
    assert (fields["subtract"].call, fields["subtract"].with_key) == (max, True)
    assert (fields["store"].kind, fields["store"].memory) == ("timestamped", True)
    assert (fields["grouping"], fields["initial"], fields["window"]) == ("group", int, None)
    assert FoldedRows().fields(settled())["subtract"] is None


def test_what_is_stored_needs_codecs():
    sides = Sides(STR, NoCodec("nobody knows it"))
    for said in (KeptRows(materialized=True), Folded()):
        with pytest.raises(TopologyError, match="step stores its values, but nobody knows it"):
            said.fields(settled(sides))


def test_a_call_hands_over_one_store_and_several():
    one, two = (Store(name, str, str, in_memory=False, owner=None) for name in ("one", "two"))
    assert Call().stores == ()
    assert Call(store=one, several=[two]).stores == (one, two)
    seen = Store("seen", str, str, in_memory=False, owner=None)
    fn = settled().func(UserFunction(len, with_key=True, stores=(seen,)))
    assert (fn.call, fn.name, fn.with_key, fn.stores) == (len, "step", True, (SEEN,))


def test_what_the_app_must_know():
    assert Streamed(("a", "b")).reads == Tabled(("a", "b")).reads == ("a", "b")
    assert (Said().reads, Said().writes, Said().group) == ((), None, None)
    assert Written("a").writes == "a"
    assert Folded(grouping="group").group == "group"
    assert [KeptRows(asked).keeps for asked in (None, False, True, memory())] == [0, 0, 1, 1]
