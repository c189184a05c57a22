"""Stores that are declared: what their specs say, and what is refused."""

import pytest

from streamz_core import TopologyError
from streamz_core.dsl.storing import changelog_of
from streamz_core.topology.windows import SessionWindows, TimeWindows


def spec(app, name):
    return {one.name: one for one in app.build().stores}[name]


def test_every_kind_of_store(app):
    types = {"key": str, "value": int}
    app.store("plain", **types, changelog=False)
    app.timestamped_store("stamped", **types, memory=True)
    app.window_store("windows", **types, size="10s", retention="1m")
    app.window_store("more", **types, size="10s", retention="1m", duplicates=True)
    app.timestamped_window_store("both", **types, size="10s", retention="10s")
    changelog = {"retention.ms": 90_000}
    app.session_store("sessions", **types, retention="1m", changelog=changelog)
    kinds = {one.name: one.kind for one in app.build().stores}
    assert kinds == {
        "plain": "plain",
        "stamped": "stamped",
        "windows": "windows",
        "more": "duplicates",
        "both": "stamped-windows",
        "sessions": "sessions",
    }
    assert not spec(app, "plain").logged
    assert spec(app, "stamped").memory
    assert spec(app, "windows").window == TimeWindows(10_000, 10_000)
    assert spec(app, "windows").retention_ms == 60_000
    assert spec(app, "sessions").window == SessionWindows(0)
    assert spec(app, "sessions").changelog == {"retention.ms": 90_000}


@pytest.mark.parametrize(
    "said, told",
    [
        ({"size": 0}, "the size of the windows of w is 0"),
        (
            {"retention": "9s"},
            "the retention of w is '9s'; it has to be at least the size .* 10000 ms",
        ),
        (
            {"changelog": {"segment.byte": 5}},
            "the changelog of w: unknown setting 'segment.byte'; did you mean segment.bytes?",
        ),
        (
            {"changelog": {"cleanup.policy": "delete"}},
            "cleanup.policy follows from what it keeps",
        ),
        ({"changelog": {"retention.ms": 5}}, "at least the retention of the store, 60000"),
    ],
)
def test_what_makes_no_sense_is_refused(app, said, told):
    with pytest.raises(TopologyError, match=told):
        app.window_store("w", key=str, value=int, **{"size": "10s", "retention": "1m", **said})


def test_a_store_without_windows_keeps_the_last_value_of_each_key(app):
    with pytest.raises(TopologyError, match="is for stores with windows"):
        app.store("s", key=str, value=int, changelog={"retention.ms": 5})


def test_a_name_is_taken_once(app):
    app.store("s", key=str, value=int)
    with pytest.raises(TopologyError, match="'s' is declared twice"):
        app.session_store("s", key=str, value=int, retention="1m")


@pytest.mark.parametrize(
    "said, fields",
    [
        (True, {"logged": True}),
        (False, {"logged": False}),
        ({}, {"changelog": {}}),
        ({"retention.ms": 9}, {"changelog": {"retention.ms": 9}}),
        ({"compression.type": "zlib"}, {"changelog": {"compression.type": "gzip"}}),
        ({"retention_ms": "9"}, {"changelog": {"retention.ms": 9}}),
    ],
)
def test_what_can_be_said(said, fields):
    assert changelog_of("s", said, 9) == fields


@pytest.mark.parametrize("value", [8, "8", -1])
def test_how_long_it_is_kept(value):
    with pytest.raises(TopologyError, match=r"changelog of s: retention.ms=.*at least .*, 9"):
        changelog_of("s", {"retention.ms": value}, 9)
