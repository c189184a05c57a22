"""Lines as people type them, for topics of each type: what is taken is printed as it can be typed again; the rest says why, and where."""

import pytest

APP = """
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import Enum
from uuid import UUID
from attrs import frozen
from streamz_core import App, json_of

class Colour(Enum):
    RED = "r"
    BLUE = 2

@frozen
class Point:
    x: int
    y: float = 0.0

@frozen
class Deal:
    at: datetime
    by: UUID | None = None
    spots: tuple[Point, ...] = ()
    tags: frozenset[str] = frozenset()
    notes: dict[int, Colour] | None = None

app = App("typed", topic_partitions=1, durability="process")
for name, tp in {
    "ints": int, "floats": float, "texts": str, "bools": bool, "times": datetime, "days": date, "spans": timedelta,
    "decimals": Decimal, "ids": UUID, "colours": Colour, "points": Point, "deals": Deal, "lists": list[int],
    "json": json_of(Point), "either": int | str | None,
}.items():
    app.stream(app.topic(name, key=str, value=tp))
"""
ID = "12345678-1234-5678-1234-567812345678"
TAKEN = [
    ("ints", "-9223372036854775808", "-9223372036854775808"),
    ("ints", "  7  ", "7"),
    ("floats", '"Infinity"', None),
    ("floats", "-0.0", "-0.0"),
    ("floats", "5", "5.0"),
    ("bools", "true", "true"),
    ("texts", " two words ", " two words "),
    ("texts", '"quoted"', '"quoted"'),
    ("texts", "", ""),
    ("times", "2026-03-29T02:30:00.123456+01:00", '"2026-03-29T02:30:00.123456+01:00"'),
    ("days", "0001-01-01", '"0001-01-01"'),
    ("decimals", "1E+3", '"1E+3"'),
    ("decimals", "0.10", '"0.10"'),
    ("ids", ID.upper(), f'"{ID}"'),
    ("colours", '"r"', '"r"'),
    ("colours", "2", "2"),
    ("points", '{"x": 1}', '{"x":1,"y":0.0}'),
    ("points", '{"y": 2, "x": 1, "z": 3}', '{"x":1,"y":2.0}'),
    ("lists", "[]", "[]"),
    ("json", '{"x": 1}', '{"x":1,"y":0.0}'),
    ("either", "5", "5"),
    ("either", '"5"', '"5"'),
    ("either", "null", "null"),
    (
        "deals",
        '{"at": "2026-01-01T00:00Z", "spots": [{"x": 1}], "tags": ["a"], "notes": {"1": "r"}}',
        None,
    ),
]
REFUSED = [
    ("floats", "1e400", "1e400 is too large for a float"),
    ("floats", "-1" + "0" * 400, "is too large for a float"),
    ("floats", '"1e309"', "1e309 is too large for a float"),
    ("points", '{"x": 1, "y": 1e999}', "1e999 is too large for a float"),
    ("ints", "1.0", "expected int"),
    ("ints", "0x10", "is not JSON"),
    ("ints", "true", "expected int"),
    ("ints", "9223372036854775808", "does not fit into 8 bytes"),
    ("floats", "1,5", "is not JSON"),
    ("floats", "NaN", "NaN is no JSON"),
    ("bools", "True", "is not JSON"),
    ("bools", "1", "expected bool"),
    ("times", "2026-03-29", "no time zone"),
    ("times", "2026-13-01T00:00Z", "datetime"),
    ("days", "2026-02-30", "date"),
    ("decimals", "1/2", "Decimal"),
    ("ids", "1234", "UUID"),
    ("colours", '"RED"', "Colour has the values 'r', 2"),
    ("points", "{}", "Point.x is not there and has no default"),
    ("points", '{"x": "1"}', "Point.x: expected int"),
    ("points", "[1, 2]", "Point is a JSON object with x, y; not [1, 2]"),
    ("lists", '[1, "2"]', "[1]"),
    ("lists", "{}", "expected list"),
    ("json", '{"x": 1, "z": 2}', "z"),
    ("deals", '{"at": "2026-01-01T00:00Z", "spots": [{"x": 1}, {"x": null}]}', "Deal.spots[1]"),
    ("deals", '{"at": "2026-01-01T00:00Z", "notes": {"one": "r"}}', "Deal.notes"),
    ("deals", '{"at": "2026-01-01T00:00Z", "by": "me"}', "Deal.by"),
    ("deals", '{"at": 5}', "Deal.at"),
]


@pytest.fixture
def typed(cli, tmp_path):
    (tmp_path / "app.py").write_text(APP)
    return cli


@pytest.mark.parametrize("topic, line, printed", TAKEN)
def test_what_is_taken_is_printed_as_it_can_be_typed_again(typed, topic, line, printed):
    for _ in range(2):  # the second time what was printed is typed
        done = typed("topics", "produce", topic, "--app", "app.py", stdin=f"{line}\n")
        assert done.code == 0, done.err
        shown = typed("topics", "consume", topic, "--app", "app.py", "-e", "-o", "-1").out
        if printed is not None:
            assert shown == f"{printed}\n"
        line, printed = shown[:-1], shown[:-1]


@pytest.mark.parametrize("topic, line, told", REFUSED)
def test_what_is_not_taken_says_why_and_which_line(typed, topic, line, told):
    refused(typed, topic, line, told)


def refused(typed, topic, line, told):
    done = typed("topics", "produce", topic, "--app", "app.py", stdin=f"{line}\n")
    assert done.code == 1, done.out
    assert "Traceback" not in done.err
    assert told in done.err
    assert "at line 1; nothing was written" in done.err
    done = typed("topics", "produce", topic, "--app", "app.py", "--skip-bad", stdin=f"{line}\n")
    assert done.code in (0, 1)
    assert "line 1 is left out" in done.err
    assert typed("topics", "consume", topic, "--app", "app.py", "-e").out == ""


def test_a_field_that_is_written_in_capitals_is_told_with_the_one_that_was_meant(typed):
    done = typed("topics", "produce", "points", "--app", "app.py", stdin='{"x": 1, "Y": 2}\n')
    assert "line 1: Point has no field 'Y' (did you mean y?); it is left out" in done.err
