"""consume | produce | consume: what comes out of the pipe is what went in, for topics of every type."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from streamz_core import App, Record

PROGRAM = """
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import Enum
from typing import Any, NamedTuple
from uuid import UUID
from attrs import frozen
from streamz_core import App, json_of

class Size(Enum):
    S = "s"
    L = 2

class Pair(NamedTuple):
    x: int | str
    y: Decimal | float

@frozen
class Order:
    id: UUID | str
    pair: Pair
    free: Any = None
    sizes: tuple[Size, ...] = ()

app = App("pipes", topic_partitions=1, durability="process")
TYPES = {
    "text": str, "raw": bytes, "number": int, "ratio": float, "yes": bool, "free": Any,
    "either": int | str, "money": Decimal | float, "when": datetime | date, "span": timedelta,
    "size": Size | int, "pair": Pair, "order": Order, "list": list[int | str], "json": json_of(list[int | str | None]),
    "map": dict[str, Decimal | str],
}
for name, tp in TYPES.items():
    for side in ("a", "b"):
        key = bytes if tp is bytes else str
        app.topic(f"{name}-{side}", key=key, value=tp)
"""

DAY = datetime(2026, 1, 1, 12, tzinfo=UTC)


def values(found: dict[str, Any]) -> dict[str, list[Any]]:
    pair, order, size = found["Pair"], found["Order"], found["Size"]
    orders = [
        order("6fa459ea-ee8a-3ca4-894e-db77e160355e", pair("5", Decimal("1.50"))),
        order("x\ny", pair(5, 1.5), free=(1, ["2", b"3"]), sizes=(size.S, size.L)),
    ]
    return {
        "text": ["", "NULL", "\\NULL", "a\nb", "\n", "\\BASE64:YQ", "base64:YQ", '"q"', "k\tv"],
        "raw": [b"", b"\xff\n", b"NULL", b"\\EMPTY"],
        "number": [-5, 2**62],
        "ratio": [1.5, float("inf")],
        "yes": [True, False],
        "free": [5, "5", 5.0, None, "a\nb", {"a": (1, 2)}, b"x", [], "null", "base64:YQ", True],
        "either": [5, "5", "int:5", "", "a\nb", "null"],
        "money": [Decimal("1.5"), 1.5, Decimal(2)],
        "when": [DAY, DAY.date()],
        "span": [timedelta(days=999_999_999), timedelta(microseconds=1), timedelta(days=-1)],
        "size": [size.S, size.L, 2],
        "pair": [pair("5", 1.0), pair(5, Decimal(1))],
        "order": orders,
        "json": [[1, "1", None, "a\nb"], []],
        "list": [[], ["5", 5]],
        "map": [{"a": Decimal(1), "b": "1"}],
    }


def sides(app: App, topic: str) -> list[tuple[Any, Any]]:
    with app.consumer(topic) as consumer:
        records: list[Record[Any, Any]] = consumer.poll(timeout_s=1)
    return [(one.key, one.value) for one in records]


@pytest.fixture(scope="module")
def program() -> dict[str, Any]:
    found: dict[str, Any] = {"__name__": "page"}
    exec(compile(PROGRAM, "app.py", "exec", dont_inherit=True), found)
    return found


@pytest.mark.parametrize(
    "name",
    [
        *(
            "text",
            "raw",
            "number",
            "ratio",
            "yes",
            "free",
            "either",
            "money",
            "when",
            "span",
            "size",
            "pair",
        ),
        *("order", "list", "json", "map"),
    ],
)
def test_what_went_in_comes_out(
    cli: Any, tmp_path: Path, program: dict[str, Any], name: str
) -> None:
    (tmp_path / "app.py").write_text(PROGRAM)
    app = program["app"]
    app._home = str(tmp_path / ".streamz")
    raw = name == "raw"
    keys = [b"a\n", b"", None] if raw else ["a\n", "", "NULL", None]
    sent = [
        (keys[at % len(keys)], value) for at, value in enumerate([*values(program)[name], None])
    ]
    with app.producer(f"{name}-a") as producer:
        for key, value in sent:
            producer.send(f"{name}-a", value, key=key)
    printed = cli("topics", "consume", f"{name}-a", "-Z", "-K", "\x1f", "-e", "--app", "app")
    assert printed.code == 0
    done = cli(
        "topics", "produce", f"{name}-b", "-Z", "-K", "\x1f", "--app", "app", stdin=printed.out
    )
    assert done.code == 0, done.err
    assert repr(sides(app, f"{name}-b")) == repr(sides(app, f"{name}-a")) == repr(sent)
