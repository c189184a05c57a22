"""How a table keeps its rows: what can be said, and what becomes of it."""

import pytest

from streamz_core import App, TopologyError, memory, tumbling, versioned
from streamz_core.dsl.declared.steps.keeping import in_memory, store_kind


@pytest.mark.parametrize(
    "asked, kept",
    [
        (None, False),
        (True, False),
        (memory(), True),
        (versioned("1s"), False),
        (versioned("1s", memory=True), True),
    ],
)
def test_who_keeps_rows_in_memory(asked, kept):
    assert in_memory(asked) is kept


def test_rows_have_versions_if_they_are_asked_for():
    assert store_kind(True) == store_kind(memory()) == {"kind": "timestamped"}
    spans = {"retention_ms": 1000, "history_ms": 1000}
    assert store_kind(versioned("1s")) == {"kind": "versioned", **spans}


@pytest.mark.parametrize("emit", ["commit", "changes"])
def test_every_version_is_a_result(emit):
    app, kept = App("shop"), {"materialized": versioned("1s"), "emit": emit}
    users = app.table("users", key=str, value=int)
    clicks = app.stream("clicks", key=str, value=int)
    for declare in (
        lambda: app.table("others", key=str, value=int, **kept),
        lambda: users.filter(bool, name="some", **kept),
        lambda: clicks.to_table(name="last", **kept),
        lambda: clicks.group_by_key().count(name="n", **kept),
        lambda: users.group_by(str, key=str).count(name="m", **kept),
    ):
        with pytest.raises(TopologyError, match=r"every version is a result"):
            declare()


def test_windows_have_no_versions():
    grouped = App("shop").stream("clicks", key=str, value=int).group_by_key()
    with pytest.raises(TopologyError, match="the rows of windows have no versions"):
        grouped.window(tumbling("1s")).count(name="n", materialized=versioned("1s"))


def test_a_step_that_keeps_rows_has_a_name():
    users = App("shop").table("users", key=str, value=int)
    with pytest.raises(TopologyError, match="keeps a store under its name and has none"):
        users.filter(lambda value: value > 0, materialized=versioned("1s"))
