"""What the soak says of a figure that grows, and of one that only wavers; and a soak of seconds."""

import pytest

from tests.chaos.soak import main
from tests.chaos.soak.measuring import LIMITS, Series


def series(kind, values):
    made = Series(kind, LIMITS[kind])
    for at, value in enumerate(values):
        made.add(float(at), value)
    return made


@pytest.mark.parametrize(
    "kind,values,grows",
    [
        ("rss", [60 + at * 0.5 for at in range(100)], True),
        ("rss", [60 + at % 7 for at in range(100)], False),
        ("rss", [20, 40, 60, *[61] * 97], False),
        ("descriptors", [50 + at // 5 for at in range(100)], True),
        ("disk", [100 + 40 * (at % 10 == 0) for at in range(100)], False),
        ("p99", [5.0 + at for at in range(100)], True),
        ("p99", [], False),
    ],
)
def test_what_grows_is_told_from_what_wavers(kind, values, grows):
    made = series(kind, values)
    assert made.grows is grows
    assert ("GROWS" in made.told()) is grows


def test_the_slope_is_that_of_an_hour():
    assert "+3600.0 MiB an hour over 69 s" in series("rss", [float(at) for at in range(100)]).told()


def test_what_could_not_be_had_is_left_out():
    assert series("p99", [1.0, None, 1.0]).points == [(0.0, 1.0), (2.0, 1.0)]


def test_a_soak_of_seconds(capsys, monkeypatch):
    monkeypatch.setattr("tests.chaos.soak.command.PROBE_S", 1.0)
    monkeypatch.setattr("tests.chaos.soak.command.LOOK_S", 0.5)
    main(["--budget", "3s"])  # so short a one may grow
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("soaker soaker caretaker: ")
    assert {line.partition(":")[0] for line in lines[2:-2]} >= {
        "log",
        "state",
        "hop",
        "soaker 1 rss",
    }
    passed, failed = lines[-1].removesuffix(" failed").split(" passed, ")
    assert int(passed) + int(failed) == 10
