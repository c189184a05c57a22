"""Figures of a process as time goes by, and whether they stay flat."""

from __future__ import annotations

import math
import os
from pathlib import Path
from statistics import mean

from attrs import define, field, frozen

HOUR_S = 3600.0
WARM_UP = 0.3  # of the time: caches fill, stores come to their size


@frozen
class Limit:
    """How much a figure may grow from the end of the warm-up to the end, in its unit or as a share of its mean."""

    unit: str
    least: float
    share: float


LIMITS = {
    "disk": Limit("MiB", 8.0, 0.15),
    "rss": Limit("MiB", 8.0, 0.10),
    "descriptors": Limit("", 6.0, 0.10),
    "p99": Limit("ms", 20.0, 0.50),
}


@define
class Series:
    """One figure: (seconds since the beginning, value)."""

    title: str
    limit: Limit
    points: list[tuple[float, float]] = field(factory=list)

    def add(self, at_s: float, value: float | None) -> None:
        """One more; None: it could not be had."""
        if value is not None:
            self.points.append((at_s, value))

    @property
    def warm(self) -> list[tuple[float, float]]:
        """Without the warm-up."""
        last = self.points[-1][0] if self.points else 0.0
        return [one for one in self.points if one[0] >= WARM_UP * last]

    @property
    def slope(self) -> float:
        """Per second, by least squares; 0 of less than two points."""
        points = self.warm
        if len(points) < 2:
            return 0.0
        at, value = mean(x for x, _ in points), mean(y for _, y in points)
        spread = math.fsum((x - at) ** 2 for x, _ in points)
        together = math.fsum((x - at) * (y - value) for x, y in points)
        return together / spread if spread else 0.0

    @property
    def seconds(self) -> float:
        """How long it was looked at behind the warm-up."""
        points = self.warm
        return points[-1][0] - points[0][0] if points else 0.0

    @property
    def grows(self) -> bool:
        """Whether it is no flat line."""
        points = self.warm
        if len(points) < 2:
            return False
        grown = self.slope * self.seconds
        return grown > max(self.limit.least, self.limit.share * mean(y for _, y in points))

    def told(self) -> str:
        """A line of it."""
        values = [y for _, y in self.warm] or [0.0]
        unit = f" {self.limit.unit}" if self.limit.unit else ""
        flat = "GROWS" if self.grows else "flat"
        return (
            f"{self.title}: mean {mean(values):.1f}{unit}, from {min(values):.1f} to {max(values):.1f}, "
            f"{self.slope * HOUR_S:+.1f}{unit} an hour over {self.seconds:.0f} s: {flat}"
        )


def rss_mib(pid: int) -> float | None:
    """Resident memory, as Linux tells it."""
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    except (OSError, IndexError):
        return None
    return pages * os.sysconf("SC_PAGE_SIZE") / (1 << 20)


def descriptors(pid: int) -> float | None:
    """Open files and sockets."""
    try:
        return float(len(list(Path(f"/proc/{pid}/fd").iterdir())))
    except OSError:
        return None


def disk_mib(folder: str) -> float:
    """What the files of a directory take."""
    total = 0
    for path, _, names in os.walk(folder):
        for name in names:
            try:
                total += Path(path, name).stat().st_blocks * 512
            except OSError:
                continue  # it went just now
    return total / (1 << 20)


def p99(values: list[float]) -> float | None:
    """Of those there are."""
    ordered = sorted(values)
    return ordered[int(0.99 * (len(ordered) - 1))] if ordered else None
