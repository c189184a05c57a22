"""headers="kept" on joins of streams: a record that met none comes out later with its own."""

from __future__ import annotations

import random
from typing import Any

import pytest

from streamz_core import App, TopologyError
from streamz_core.operators.joins.stream_stream import HEADERS, with_headers

Sent = tuple[str, str, int]
"""Topic, key, time."""


def joined(how: str, **more: Any) -> App:
    """What each side is called is in its value and in its header."""
    app = App("joined")
    left, right = (app.stream(topic, key=str, value=str) for topic in ("left", "right"))
    both: Any = left.join(
        right,
        lambda one, other: f"{one}+{other}",
        how=how,
        within="10ms",
        grace="5ms",
        name="both",
        value=str,
        **more,
    )
    both.to("out")
    return app


def some(seed: int) -> list[Sent]:
    chance = random.Random(seed)
    sent = [
        (
            chance.choice(("left", "right")),
            chance.choice("abc"),
            max(0, at + chance.randrange(-8, 8)),
        )
        for at in range(0, 400, 5)
    ]
    return [*sent, ("left", "z", 1000), ("right", "z", 1000), ("left", "y", 2000)]


def results(app: App, sent: list[Sent], crash: int = 0, **how: Any) -> list[Any]:
    """Value and headers of what comes out; with a crash after each `crash` records."""
    with app.test(**how) as t:
        for number, (topic, key, at) in enumerate(sent, 1):
            name = f"{topic[0]}{number}"
            t.topic(topic).send(key, name, timestamp=at, headers=(("of", name.encode()),))
            if crash and number % crash == 0:
                t.crash()
                t.restart()
        return [(each.value, each.headers) for each in t.topic("out").records()]


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("how", ["left", "outer"])
def test_what_met_none_has_its_own_headers(how: str, seed: int) -> None:
    sent = some(seed)
    found, plain = results(joined(how, headers="kept"), sent), results(joined(how), sent)
    assert [value for value, _ in found] == [value for value, _ in plain], "nothing else changes"
    alone = [(value, headers) for value, headers in found if "None" in value]
    assert alone
    for value, headers in alone:
        (name,) = (part for part in value.split("+") if part != "None")
        assert headers == (("of", name.encode()),)
    met = [at for at, (value, _) in enumerate(plain) if "None" not in value]
    assert [found[at] for at in met] == [plain[at] for at in met]
    assert found != plain


@pytest.mark.parametrize("crash", [1, 3, 7])
def test_they_survive_crashes_and_restarts(crash: int) -> None:
    app = joined("outer", headers="kept")
    calm = results(app, some(9))
    assert results(app, some(9), crash) == calm
    assert results(app, some(9), crash, stores="rocksdb") == calm


def test_nothing_is_left_of_what_came_out_or_met_one() -> None:
    with joined("outer", headers="kept").test() as t:
        for number, (topic, key, at) in enumerate(some(2)):
            t.topic(topic).send(key, "x", timestamp=at, headers=(("of", b"%d" % number),))
            kept = [row[0] for row in t.store("both-headers").rows()]
            assert kept == [row[0] for row in t.store("both-outer").rows()]


def test_what_waited_before_headers_were_kept_has_none() -> None:
    there = [(5, 1, b"k", b"old"), (5, 1, b"k", b"new"), (6, 0, b"k", b"other")]
    mine = HEADERS.encode((("of", b"new"),))
    stale = (4, 1, b"k", HEADERS.encode((("of", b"gone"),)))
    assert with_headers(there, [stale, (5, 1, b"k", mine)]) == [
        (there[0], ()),
        (there[1], (("of", b"new"),)),
        (there[2], ()),
    ]


@pytest.mark.parametrize(
    "how, headers, told",
    [
        ("inner", "kept", 'of a join of two streams with how="left" or "outer"'),
        ("left", "all", "headers='all'; it takes \"kept\", or nothing"),
    ],
)
def test_where_it_has_no_meaning_it_is_refused(how: str, headers: str, told: str) -> None:
    with pytest.raises(TopologyError) as caught:
        joined(how, headers=headers)
    assert told in str(caught.value)


def test_a_join_with_a_table_keeps_those_of_its_record_anyway() -> None:
    app = App("app")
    stream: Any = app.stream("left", key=str, value=str)
    with pytest.raises(TopologyError, match="of a join of two streams"):
        stream.join(app.table("t", key=str, value=str), max, headers="kept")
