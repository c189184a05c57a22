"""Where records lie, and which files are not known to be durable."""

from __future__ import annotations

from streamz_core.log.records.commits import CommitRecord, Range
from streamz_core.log.records.index import Index, Ranges
from tests.log.records.conftest import ME, Hand


def filled(end: int = 0) -> Ranges:
    ranges = Ranges(end)
    ranges.add(3, 10, 0, 100, 30, 1 << 31)
    ranges.add(2, 11, 1, 1 << 40, 20, 7)
    return ranges


def test_an_offset_is_found_in_its_range() -> None:
    ranges = filled(5)
    assert [ranges.find(offset) for offset in (4, 5, 7, 8, 9)] == [-1, 0, 0, 1, 1]
    assert [ranges.stop(0), ranges.stop(1), ranges.end] == [8, 10, 10]
    assert [ranges.lsn(0), ranges.lsn(1), len(ranges)] == [10, 11, 2]
    assert [ranges.place(0), ranges.place(1)] == [(0, 100, 30, 1 << 31), (1, 1 << 40, 20, 7)]


def test_ranges_whose_end_is_known_begin_where_they_must() -> None:
    ranges = filled()
    ranges.move_end(105)
    assert list(ranges.bases) == [100, 103]
    assert ranges.stop(1) == 105


def test_a_topic_that_is_kept_from_now_on_begins_at_its_end(owned: Hand) -> None:
    index = Index()
    index.keep(owned.state.topics[1], [7, 0])
    assert index.watched == {"t"}
    record = CommitRecord(ME, [], [Range(1, 0, 2, 0, 0, 9, 0), Range(2, 0, 2, 0, 0, 9, 0)])
    record.locate(index, 12, (1, 100))
    assert list(index.ranges[1, 0].bases) == [7]
    assert (2, 0) not in index.ranges


def test_what_is_found_later_is_taken_over_with_its_files(owned: Hand) -> None:
    owned.take(CommitRecord(ME, [], [Range(1, 0, 2, 4, 0, 9, 0)]))
    index = Index()
    index.file((b"", 1))
    beside = index.beside([owned.state.topics[1]])
    CommitRecord(ME, [], [Range(1, 0, 2, 4, 0, 9, 0)]).locate(beside, 6, (1, 100))
    assert not index.ranges, "nothing changes before all is found"
    index.take_over(beside, owned.state)
    assert index.watched == {"t"}
    assert index.files[index.ranges[1, 0].place(0)[0]] == (ME, 4)
    assert index.ranges[1, 0].end == 2
    assert index.unsynced(0) == [], "the files of the past are durable, or were named before"


def test_files_are_unsynced_until_a_record_behind_the_last_that_named_them_is_durable() -> None:
    index = Index()
    for lsn, file in ((1, (ME, 1)), (2, (ME, 2)), (3, (ME, 1))):
        index.name(file, lsn)
    assert index.unsynced(1) == [(ME, 1), (ME, 2)]
    assert index.unsynced(2) == [(ME, 1)]
    assert index.unsynced(3) == []
