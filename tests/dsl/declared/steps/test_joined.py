"""What joins say, and what becomes of it in the nodes."""

import pytest

from streamz_core.codecs.plain import BYTES, INT, STR
from streamz_core.dsl.declared.sides import NoCodec, Sides
from streamz_core.dsl.declared.steps.joined import (
    JoinedRows,
    Met,
    Referring,
    Subscribed,
    Subscribing,
)
from streamz_core.dsl.declared.topics import memory
from streamz_core.errors import TopologyError
from streamz_core.topology.windows import JoinWindows
from tests.dsl.declared.steps.test_said import settled


def test_a_join_of_streams_keeps_the_records_of_both_sides():
    windows = JoinWindows(10, 20, 5)
    parents = [Sides(BYTES, INT), Sides(STR, STR)]
    fields = Met(windows).fields(settled(parents=parents))
    stores = [fields[f"{side}_store"] for side in ("left", "right")]
    assert [(one.name, one.kind, one.key, one.value) for one in stores] == [
        ("step-left", "joined", STR, INT),
        ("step-right", "joined", STR, STR),
    ]
    assert {(one.window, one.retention_ms) for one in stores} == {(windows, 35)}
    assert fields["windows"] is windows
    assert fields["outer_store"] is None


def test_a_join_with_an_outer_side_keeps_what_met_none():
    parents = [Sides(STR, INT), Sides(STR, STR)]
    fields = Met(JoinWindows(10, 20), left_outer=True).fields(settled(parents=parents))
    store = fields["outer_store"]
    assert (store.name, store.kind) == ("step-outer", "unmatched")
    assert store.key.decode(store.key.encode((7, "left", "k"))) == (7, "left", "k")
    for row in (("left", 1, 2), ("right", "a")):
        assert store.value.decode(store.value.encode(row)) == row


def test_a_join_of_streams_needs_codecs_of_both_sides():
    parents = [Sides(STR, INT), Sides(STR, NoCodec("nobody said them"))]
    with pytest.raises(TopologyError, match=r"^step keeps the records of both sides, but nobody"):
        Met(JoinWindows(1, 1)).fields(settled(parents=parents))


def test_a_join_of_tables_says_which_sides_stand_alone_and_may_be_kept():
    fields = JoinedRows(materialized=True, left_outer=True).fields(settled())
    assert fields.pop("materialized").name == "step"
    assert fields == {
        "left_outer": True,
        "right_outer": False,
        "at_commit": False,
        "on_change": False,
    }
    assert JoinedRows(right_outer=True).fields(settled())["right_outer"]


def test_the_parts_of_a_join_by_foreign_key():
    assert Subscribing(left_outer=True).fields(settled()) == {"left_outer": True}
    parents = [Sides(INT, INT), Sides(INT, INT)]
    kept = Subscribed("join").fields(settled(parents=parents))["kept"]
    assert (kept.name, kept.kind) == ("join-subscriptions", "subscribed")
    assert kept.key.decode(kept.key.encode((5, "k"))) == (5, "k")
    fields = Referring(memory(), left_outer=True).fields(settled())
    assert (fields["materialized"].memory, fields["left_outer"]) == (True, True)
