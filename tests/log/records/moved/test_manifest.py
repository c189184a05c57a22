"""MANIFEST: what it may say, and what it makes of a state."""

from __future__ import annotations

from typing import Any

import pytest

from streamz_core.log.records.commits import CommitRecord, Range
from streamz_core.log.records.moved.manifest import ManifestRecord, Part
from streamz_core.log.records.moved.places import sealed_end, vacated
from streamz_core.log.records.removal import LostRecord, ResetRecord
from tests.log.records.conftest import ME, Hand

NAME = b"a" * 12


def manifest(*files: list[Any], replaced: tuple[bytes, ...] = (), horizon: int = 0) -> Any:
    return ManifestRecord([Part(1, 0, list(replaced), list(files), horizon)])


def filled(hand: Hand, *counts: int) -> None:
    """Commits of so many records each, in files 1, 2, ..."""
    for number, count in enumerate(counts, 1):
        record = CommitRecord(ME, [], [Range(1, 0, count, number, 0, 100, 0)])
        assert hand.add(record) == ""


def file(base: int, stop: int, name: bytes = NAME) -> list[Any]:
    return [base, stop, name, 50, stop - base, 7]


def test_ranges_below_are_forgotten_and_their_files_unused(owned: Hand) -> None:
    filled(owned, 3, 4, 5)
    assert owned.index.ranges[1, 0].size == 300
    assert owned.add(manifest(file(0, 7))) == ""
    kept = owned.index.ranges[1, 0]
    assert (list(kept.bases), kept.end, kept.size) == ([7], 12, 100)
    assert owned.index.used() == {(ME, 3)}
    assert sealed_end(owned.state, 1, 0) == 7
    assert vacated(owned.state, 1, 0, 0, 7)
    assert not vacated(owned.state, 1, 0, 0, 8)
    assert owned.state.loses


def test_a_second_mover_is_refused(owned: Hand) -> None:
    filled(owned, 3, 4)
    assert owned.add(manifest(file(0, 3))) == ""
    assert "somebody was first" in owned.add(manifest(file(0, 3, b"b" * 12)))
    assert "somebody was first" in owned.add(manifest(file(0, 7, b"b" * 12)))
    assert owned.add(manifest(file(0, 7, b"b" * 12), replaced=(NAME,), horizon=2)) == ""
    assert owned.state.sealed.horizon(1, 0) == 2


@pytest.mark.parametrize("base, stop", [(0, 8), (3, 7), (0, 2)])
def test_files_that_the_partition_has_no_offsets_for_are_refused(
    owned: Hand, base: int, stop: int
) -> None:
    filled(owned, 3, 4)
    assert owned.add(LostRecord(1, 0, 0, 2, 2, "retention")) == ""
    assert "has the offsets 2 to 7" in owned.add(manifest(file(base, stop)))


def test_what_is_lost_is_no_longer_sealed(owned: Hand) -> None:
    filled(owned, 3, 4)
    assert owned.add(manifest(file(0, 3), file(3, 7, b"b" * 12))) == ""
    assert owned.add(LostRecord(1, 0, 0, 4, 4, "retention")) == ""
    assert [each.base for each in owned.state.sealed.of(1, 0)] == [3]
    assert owned.add(LostRecord(1, 0, 4, 7, 3, "retention")) == ""
    assert owned.state.sealed.of(1, 0) == ()
    assert sealed_end(owned.state, 1, 0) == 7


def test_a_topic_that_is_removed_has_no_files(owned: Hand) -> None:
    filled(owned, 3)
    assert owned.add(manifest(file(0, 3), horizon=1)) == ""
    owned.state.topics[1] = owned.state.names["t"] = type(owned.state.topics[1])(1, "t", 2, {}, "x")
    assert owned.add(ResetRecord.of("x", {}, [1], "me")) == ""
    assert owned.state.sealed.files == {}
    assert owned.state.sealed.horizons == {}


@pytest.mark.parametrize(
    "parts",
    [
        [],
        [Part(1, 0, [], [])],
        [Part(0, 0, [], [file(0, 3)])],
        [Part(1, -1, [], [file(0, 3)])],
        [Part(1, 0, [], [file(0, 3)], -1)],
        [Part(1, 0, ["x"], [file(0, 3)])],
        [Part(1, 0, [], [file(0, 3), file(4, 5)])],
        [Part(1, 0, [], [file(3, 3)])],
        [Part(1, 0, [], [[0, 3, NAME, 50, 4, 7]])],
        [Part(1, 0, [], [[0, 3, b"", 50, 3, 7]])],
        [Part(1, 0, [], [[0, 3, NAME, 0, 0, 7]])],
        [Part(1, 0, [], [[0, 3, NAME]])],
        [Part(1, 0, [], [file(0, 3)]), Part(1, 0, [], [file(3, 5)])],
    ],
)
def test_what_no_reader_could_take_in_is_told(parts: list[Part]) -> None:
    assert ManifestRecord.unpack(ManifestRecord(parts).pack()).check() != ""


def test_a_file_of_which_nothing_is_left_has_no_name(owned: Hand) -> None:
    filled(owned, 3)
    record = manifest([0, 3, b"", 0, 0, 0])
    assert ManifestRecord.unpack(record.pack()).check() == ""
    assert owned.add(record) == ""
