"""Copies of records in files of their own."""

from __future__ import annotations

from streamz_core.log.removing import lose
from streamz_core.log.segments.shelf import Shelf
from streamz_core.log.upkeep.copying import Copying
from streamz_core.log.upkeep.upkeep import watch_all
from streamz_core.record import Batch
from tests.log.conftest import transaction_on
from tests.log.upkeep.conftest import House, send, values


def copying(kept: House) -> Copying:
    log = kept.janitor
    watch_all(log)
    return Copying(log)


def test_a_file_is_of_the_size_that_the_topic_asks_for(kept: House) -> None:
    for number in range(6):
        send(kept.log, [b"%d" % number * 600])
    one = copying(kept)
    kept.ask(**{"segment.bytes": 1024})
    part = one.seal((1, 0), kept.janitor.state.lsn)
    assert part is not None
    assert [file.stop - file.base for file in part.row][:2] == [6, 0][:1] or len(part.files) > 1
    assert [part.row[0].base, part.row[-1].stop] == [0, 6]
    assert sum(file.records for file in part.row) == 6


def test_only_so_much_is_copied_as_is_safe(kept: House) -> None:
    first = send(kept.log, values(3))
    send(kept.log, values(2, 3))
    part = copying(kept).seal((1, 0), first)
    assert part is not None
    assert [file[:2] for file in part.files] == [(0, 3)]
    assert copying(kept).seal((1, 1), kept.janitor.state.lsn) is None


def test_what_was_lost_is_left_out(kept: House) -> None:
    send(kept.log, values(4))
    send(kept.log, values(4, 4))
    for start, stop in ((1, 2), (3, 6)):
        lose(kept.log, 1, 0, start, stop, "skip")
    one = copying(kept)
    part = one.seal((1, 0), kept.janitor.state.lsn)
    assert part is not None
    (file,) = part.row
    reader = Shelf(kept.janitor.env, kept.janitor.layout, kept.janitor.identity).reader(
        (1, 0), file
    )
    assert [(batch.base_offset, batch.values) for batch in reader.every()] == [
        (0, [b"0"]),
        (2, [b"2"]),
        (6, [b"6", b"7"]),
    ]
    assert (file.base, file.stop, file.records) == (0, 8, 4)
    one.discard((1, 0), [file])
    assert kept.files("part") == []
    one.close()


def test_headers_timestamps_and_compression_are_kept(kept: House) -> None:
    headers = [(("h", b"v" * 100),), ()]
    sent = transaction_on(kept.log)
    sent.send("t", 0, [b"k", None], [None, b"v" * 500], [7, 5], headers)
    sent.commit()
    one = copying(kept)
    kept.ask(**{"compression.type": "gzip"})
    part = one.seal((1, 0), kept.janitor.state.lsn)
    assert part is not None
    (file,) = part.row
    assert file.bytes < 400
    shelf = Shelf(kept.janitor.env, kept.janitor.layout, kept.janitor.identity)
    batch = shelf.batch((1, 0), file, 0)
    assert isinstance(batch, Batch)
    assert (batch.keys, batch.values, batch.timestamps) == (
        [b"k", None],
        [None, b"v" * 500],
        [7, 5],
    )
    assert batch.headers == headers
