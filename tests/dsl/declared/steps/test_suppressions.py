"""Until when changes are held back: what can be said, what is refused, what becomes of it."""

import pytest

from streamz_core import (
    App,
    TopologyError,
    hopping,
    session,
    sliding,
    tumbling,
    unlimited,
    until_time_limit,
    until_window_closes,
    windowed,
)
from streamz_core.dsl.declared.steps.suppressions import WHEN_FULL


def counts(window, app=None):
    app = App("shop") if app is None else app
    return app.stream("clicks", key=str, value=int).group_by_key().window(window).count(name="n")


def node_of(table, until):
    table.suppress(until, name="late")
    return table._draft.owner and _built(table).nodes[-1]


def _built(table):
    from streamz_core.dsl.build import build

    return build(table._draft.owner, {})


def rows():
    return App("shop").table("users", key=str, value=int)


def test_a_time_limit_is_what_the_node_waits():
    node = node_of(rows(), until_time_limit("2s", max_records=5))
    assert (node.name, node.buffer.name, node.buffer.kind) == ("late", "late-buffer", "suppressed")
    assert (node.wait_ms, node.until_closed, node.stops) == (1999, False, False)
    assert (node.max_records, node.max_bytes) == (5, None)
    full = node_of(rows(), until_time_limit("1s", max_bytes=9, when_full="shutdown"))
    assert (full.max_records, full.max_bytes, full.stops) == (None, 9, True)


@pytest.mark.parametrize(
    "window, wait_ms",
    [
        (tumbling("10ms", grace="3ms"), 2),
        (hopping("10ms", "5ms"), -1),
        (sliding("10ms", grace="3ms"), 3),
        (session("10ms", grace="3ms"), 13),
    ],
)
def test_windows_are_waited_for_until_they_close(window, wait_ms):
    node = node_of(counts(window), until_window_closes())
    assert (node.wait_ms, node.until_closed, node.stops) == (wait_ms, True, True)
    assert node.key.decode(node.key.encode(node.key.decode(bytes(16) + b"k" * 16)))


def test_windows_are_found_behind_other_steps_and_the_longest_counts():
    app = App("shop")
    one, other = (
        app.stream(topic, key=str, value=int)
        .group_by_key()
        .window(tumbling("10ms", grace=grace))
        .count(name=f"{topic}-counts")
        for topic, grace in (("a", "3ms"), ("b", "7ms"))
    )
    both = one.join(other, lambda left, right: left + right, name="both", value=int)
    even = both.filter(lambda n: n % 2 == 0)
    assert node_of(even, until_window_closes()).wait_ms == 6


def test_rows_without_windows_are_refused():
    with pytest.raises(TopologyError, match=r"^late: .* needs rows of windows, but users has none"):
        rows().suppress(until_window_closes(), name="late")
    read = App("shop").table("n", key=windowed(str, "10ms"), value=int)
    with pytest.raises(TopologyError, match=r"needs rows of windows, but n has none"):
        read.suppress(until_window_closes(), name="late")


def test_windows_that_never_close_are_refused():
    with pytest.raises(TopologyError, match=r"^late: .* an unlimited one never does"):
        counts(unlimited()).suppress(until_window_closes(), name="late")
    assert node_of(counts(unlimited()), until_time_limit("1s")).wait_ms == 999


def test_keys_that_lost_their_windows_are_refused():
    plain = counts(tumbling("1s")).to_stream(lambda k, _: k.key, with_key=True, key=str)
    table = plain.to_table(name="t")
    table.suppress(until_window_closes(), name="late")
    with pytest.raises(TopologyError, match=r"^late: .* keys with windows, .* none any more"):
        _built(table)


def test_what_is_held_back_needs_a_name():
    with pytest.raises(TopologyError, match=r"users.suppress keeps something under its name"):
        rows().suppress(until_time_limit("1s"))


@pytest.mark.parametrize(
    "make, says",
    [
        (lambda: until_time_limit("soon"), "the time limit of suppress is 'soon'"),
        (lambda: until_time_limit("-1s"), "cannot be negative"),
        (lambda: until_time_limit("1s", max_records=0), "max_records=0; it is a whole number"),
        (lambda: until_time_limit("1s", max_bytes=True), "max_bytes=True; it is a whole number"),
        (lambda: until_window_closes(max_bytes=-1), "max_bytes=-1; it is a whole number"),
        (lambda: until_time_limit("1s", when_full="drop"), "when_full='drop'; it takes 'emit' or"),
        (lambda: rows().suppress("1s", name="late"), r"^late: it takes until_window_closes\(\) or"),
    ],
)
def test_what_cannot_be_said_is_refused(make, says):
    with pytest.raises(TopologyError, match=says):
        make()


def test_a_full_buffer_emits_or_stops():
    assert WHEN_FULL == ("emit", "shutdown")
