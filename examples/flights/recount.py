"""What the app should come to, counted once more: one pass over the files, a few dicts, no library.

Nothing is shared with the app or its loader. Times are taken from the local clock and the calendar,
where the loader takes the UTC of the files.
"""

from __future__ import annotations

import csv
import heapq
import io
import zipfile
import zlib
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

PARTITIONS = 4  # what a topic gets if nobody says how many
HOUR_MS = 3_600_000
WEATHER_FIELDS = 3
BEFORE_MS = int(datetime(2013, 1, 1, tzinfo=UTC).timestamp()) * 1000
SUMMER_FROM = datetime(2013, 3, 10, 7, tzinfo=UTC)
SUMMER_TO = datetime(2013, 11, 3, 6, tzinfo=UTC)

Event = tuple[int, str, tuple[Any, ...]]  # ms UTC, airport, fields of a flight or of weather
Plain = Any  # numbers, text, None, and tuples of them: fields in the order of the app's classes
Ordered = dict[int, list[tuple[Plain, Plain, int]]]  # partition -> records (key, value, ms)
Last = dict[Plain, tuple[int, Plain, int]]  # key -> number of records, value and ms of the last
Rows = dict[Plain, tuple[Plain, int]]  # key -> value, ms


def _ordered() -> Ordered:
    return {partition: [] for partition in range(PARTITIONS)}


@dataclass
class Recount:
    """`ordered`: topics before a hop, record by record. `last`: topics behind one, where the order of
    records of different keys is nobody's promise. `stores`: every store, whole."""

    ordered: dict[str, Ordered] = field(default_factory=lambda: defaultdict(_ordered))
    last: dict[str, Last] = field(default_factory=lambda: defaultdict(dict))
    stores: dict[str, Rows] = field(default_factory=lambda: defaultdict(dict))


def recount(folder: Path) -> Recount:
    """Everything the app writes, from the same files."""
    done = Recount()
    for row in _rows(folder, "airlines"):
        done.stores["airlines"][row["carrier"]] = (row["name"], BEFORE_MS)
    for row in _rows(folder, "planes"):
        plane = (row["manufacturer"], row["model"], int(row["seats"]))
        done.stores["planes"][row["tailnum"]] = (plane, BEFORE_MS)
    weather = sorted(_weather(folder), key=_time)
    flights = sorted(_flights(folder), key=_time)
    for ms, origin, what in heapq.merge(weather, flights, key=_time):
        if len(what) == WEATHER_FIELDS:
            done.stores["weather"][origin] = (what, ms)
        else:
            _flight(done, ms, what)
    return done


def _flight(done: Recount, ms: int, flight: tuple[Any, ...]) -> None:
    carrier, number, tail, origin, _, scheduled, departed, delay = flight
    if departed is None:
        _add(done, "cancelled", origin, flight, ms)
        return
    weather = done.stores["weather"].get(origin, (None, 0))[0]
    _add(done, "departures", origin, (flight, weather), ms)

    hour = (origin, ms // HOUR_MS * HOUR_MS, ms // HOUR_MS * HOUR_MS + HOUR_MS)
    flights, minutes = _delays(done, "hourly", hour, delay, ms)
    _add(done, "delay-per-hour", hour, minutes / flights, ms)

    airline = done.stores["airlines"].get(carrier, ("unknown", 0))[0]
    _put(
        done, "enriched", f"{carrier}{number} {origin} {scheduled}", (airline, flight, weather), ms
    )

    flights, minutes = _delays(done, "rolling", carrier, delay, ms)
    _put(done, "delay-per-airline", carrier, minutes / flights, ms)

    builder = done.stores["planes"].get(tail, (("unknown",), 0))[0][0]
    count = done.stores["manufacturers"].get(builder, (0, 0))[0] + 1
    done.stores["manufacturers"][builder] = (count, ms)
    _put(done, "flights-per-manufacturer", builder, count, ms)


def _add(done: Recount, topic: str, key: Plain, value: Plain, ms: int) -> None:
    inner = key[0] if isinstance(key, tuple) else key
    partition = zlib.crc32(inner.encode()) % PARTITIONS
    done.ordered[topic][partition].append((key, value, ms))


def _put(done: Recount, topic: str, key: Plain, value: Plain, ms: int) -> None:
    count = done.last[topic].get(key, (0,))[0]
    done.last[topic][key] = (count + 1, value, ms)


def _delays(done: Recount, store: str, key: Plain, delay: int, ms: int) -> tuple[int, int]:
    flights, minutes = done.stores[store].get(key, ((0, 0), 0))[0]
    done.stores[store][key] = ((flights + 1, minutes + delay), ms)
    return flights + 1, minutes + delay


def _weather(folder: Path) -> Iterator[Event]:
    for row in _rows(folder, "weather"):
        # Not by the local clock: one hour of November was lived through twice.
        ms = _ms(datetime.strptime(row["time_hour"], "%Y-%m-%dT%H:%M:%S%z")) - 1
        numbers = _float(row["temp"]), _float(row["wind_speed"]), float(row["visib"])
        yield ms, row["origin"], numbers


def _flights(folder: Path) -> Iterator[Event]:
    for row in _rows(folder, "flights"):
        gone = row["dep_time"] != "NA"
        scheduled = _scheduled(row)
        flight = (
            row["carrier"],
            int(row["flight"]),
            None if row["tailnum"] == "NA" else row["tailnum"],
            row["origin"],
            row["dest"],
            f"{scheduled.isoformat()[:16]}Z",
            row["dep_time"] if gone else None,
            int(row["dep_delay"]) if gone else 0,
        )
        yield _ms(scheduled), row["origin"], flight


def _scheduled(row: dict[str, str]) -> datetime:
    """The scheduled departure in UTC, from the clock on the airport's wall."""
    clock = int(row["sched_dep_time"])
    day = int(row["year"]), int(row["month"]), int(row["day"])
    summer = datetime(*day, clock // 100, clock % 100, tzinfo=UTC) + timedelta(hours=4)
    return summer if SUMMER_FROM <= summer < SUMMER_TO else summer + timedelta(hours=1)


def _ms(time: datetime) -> int:
    return int(time.timestamp()) * 1000


def _time(event: Event) -> int:
    return event[0]


def _float(text: str) -> float | None:
    return None if text == "NA" else float(text)


def _rows(folder: Path, name: str) -> Iterator[dict[str, str]]:
    path = folder / f"{name}.csv.zip"
    if path.exists():
        with zipfile.ZipFile(path) as archive:
            text = archive.read(f"{name}.csv").decode()
    else:
        text = (folder / f"{name}.csv").read_text(encoding="utf-8")
    return csv.DictReader(io.StringIO(text))
