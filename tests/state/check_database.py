"""What both databases have to do alike: `check_database(make)` runs every check against fresh ones.

A check is a function of an open, empty database. Checks leave it open or closed as they like.
"""

import threading

import pytest

from streamz_state import Position, StateClosed, WriteBatch

FIRST = Position(1, b"h1", b"print", {"store": 7}, b"extra")
SECOND = Position(2, b"h2", b"print", {"store": 9})


def k(text, store=1):
    return store.to_bytes(2, "big") + text.encode()


def numbered(count, value=b"v", store=1):
    """`count` rows whose keys are in order."""
    return [(k(f"{number:05}", store), value) for number in range(count)]


def fill(database, rows, position=None):
    database.write(WriteBatch(puts=list(rows)), position)


def everything(reader, **options):
    return list(reader.scan(b"", None, **options))


def check_a_new_database_is_empty(database):
    assert database.position is None
    assert database.get(k("a")) is None
    assert everything(database) == []
    assert everything(database, reverse=True) == []


def check_rows_are_found_again_and_misses_are_none(database):
    fill(database, [(k("a"), b"1"), (k("b"), b""), (k(""), b"\x00\xff")])
    assert database.get(k("a")) == b"1"
    assert database.get(k("b")) == b"", "an empty value is a value"
    assert database.get(k("")) == b"\x00\xff"
    assert database.get(k("aa")) is None
    assert database.get(k("a", store=2)) is None


def check_the_position_belongs_to_its_write(database):
    fill(database, [(k("a"), b"1")], FIRST)
    assert database.position == FIRST
    fill(database, [(k("a"), b"2")])
    assert database.position == FIRST, "None leaves it as it is"
    database.write(WriteBatch(), SECOND)
    assert database.position == SECOND
    assert database.get(k("a")) == b"2"


def check_the_last_write_of_a_key_counts(database):
    fill(database, [(k("a"), b"1"), (k("a"), b"2")])
    assert database.get(k("a")) == b"2"
    fill(database, [(k("a"), b"3")])
    assert everything(database) == [(k("a"), b"3")]


def check_ranges_come_before_deletes_and_deletes_before_puts(database):
    fill(database, numbered(10))
    database.write(
        WriteBatch(
            puts=[(k("00003"), b"new"), (k("00007"), b"kept")],
            deletes=[k("00007"), k("00008"), k("absent")],
            ranges=[(k("00002"), k("00006"))],
        ),
        None,
    )
    left = {key[2:]: value for key, value in everything(database)}
    assert left == {
        b"00000": b"v",
        b"00001": b"v",
        b"00003": b"new",
        b"00006": b"v",
        b"00007": b"kept",
        b"00009": b"v",
    }


def check_a_range_that_is_empty_or_the_wrong_way_round_deletes_nothing(database):
    fill(database, numbered(5))
    database.write(WriteBatch(ranges=[(k("3"), k("1")), (k("00002"), k("00002"))]), None)
    assert len(everything(database)) == 5


def check_rows_deleted_and_written_again_are_there(database):
    fill(database, numbered(5))
    database.write(WriteBatch(ranges=[(k(""), k("", store=2))]), None)
    assert everything(database) == []
    fill(database, numbered(5, b"again"))
    assert everything(database) == numbered(5, b"again")


def check_scans_are_in_unsigned_order_of_bytes(database):
    keys = [b"\x00\x01" + bytes((byte,)) for byte in (0, 1, 0x7F, 0x80, 0xFE, 0xFF)]
    keys += [b"\x00\x01\x80\x00", b"\x00\x02", b"\xff\xfe\xff"]
    fill(database, [(key, b"v") for key in reversed(keys)])
    assert [key for key, _ in everything(database)] == sorted(keys)
    assert [key for key, _ in everything(database, reverse=True)] == sorted(keys, reverse=True)


def check_a_scan_holds_its_start_and_not_its_end(database):
    rows = numbered(10)
    fill(database, rows)
    assert list(database.scan(k("00003"), k("00006"))) == rows[3:6]
    assert list(database.scan(k("00003"), k("00006"), reverse=True)) == rows[5:2:-1]
    assert list(database.scan(k("000025"), k("000065"))) == rows[3:7]
    assert list(database.scan(k("000025"), k("000065"), reverse=True)) == rows[6:2:-1]
    assert list(database.scan(k("00008"), None)) == rows[8:]
    assert list(database.scan(k("00008"), None, reverse=True)) == rows[:7:-1]
    assert list(database.scan(k("00006"), k("00003"))) == []
    assert list(database.scan(k("00003"), k("00003"), reverse=True)) == []
    assert list(database.scan(k("x"), k("z"))) == []


def check_a_scan_of_a_prefix_stays_within_it(database):
    fill(database, [*numbered(3, store=1), *numbered(3, store=2), *numbered(3, store=3)])
    start, end = k("", store=2), k("", store=3)
    assert list(database.scan(start, end)) == numbered(3, store=2)
    assert list(database.scan(start, end, reverse=True)) == numbered(3, store=2)[::-1]


def check_bookkeeping_never_shows(database):
    fill(database, numbered(2), FIRST)
    assert everything(database) == numbered(2)
    assert everything(database, reverse=True) == numbered(2)[::-1]
    with database.snapshot() as snapshot:
        assert everything(snapshot) == numbered(2)


def check_long_scans_are_whole_both_ways(database):
    rows = numbered(3000)
    fill(database, rows)
    assert everything(database) == rows
    assert everything(database, reverse=True) == rows[::-1]


def check_a_scan_shows_the_moment_of_its_call(database):
    fill(database, numbered(1000))
    scan = database.scan(b"", None)
    begun = database.scan(b"", None, reverse=True)
    assert next(begun) == (k("00999"), b"v")
    database.write(
        WriteBatch(
            puts=[(k("00500"), b"changed"), (k("00500x"), b"new")],
            deletes=[k("00300")],
            ranges=[(k("00700"), k("00800"))],
        ),
        FIRST,
    )
    assert list(scan) == numbered(1000)
    assert list(begun) == numbered(1000)[-2::-1]
    assert len(everything(database)) == 1000 + 1 - 1 - 100


def check_a_loop_may_write_what_it_reads(database):
    rows = numbered(500)
    fill(database, rows)
    for key, _ in database.scan(b"", None):
        database.write(WriteBatch(puts=[(key + b"'", b"new")], deletes=[key]), None)
    assert everything(database) == [(key + b"'", b"new") for key, _ in rows]


def check_a_snapshot_is_one_moment(database):
    fill(database, numbered(1000), FIRST)
    with database.snapshot() as snapshot:
        for number in range(3):
            fill(database, [(k("00001"), b"x"), (k(f"new{number}"), b"y")], SECOND)
            database.write(WriteBatch(ranges=[(k("005"), k("006"))]), None)
            assert snapshot.position == FIRST
            assert snapshot.get(k("00001")) == b"v"
            assert snapshot.get(k("00550")) == b"v"
            assert snapshot.get(k("new0")) is None
            assert everything(snapshot) == numbered(1000)
            assert everything(snapshot, reverse=True) == numbered(1000)[::-1]
    assert database.position == SECOND
    assert database.get(k("00001")) == b"x"


def check_scans_of_one_snapshot_do_not_disturb_each_other(database):
    fill(database, numbered(1000))
    with database.snapshot() as snapshot:
        pairs = zip(snapshot.scan(b"", None), snapshot.scan(b"", None, reverse=True), strict=True)
        up, down = zip(*pairs, strict=True)
        assert list(up) == numbered(1000)
        assert list(down) == numbered(1000)[::-1]


def check_snapshots_taken_at_different_times_differ(database):
    snapshots = []
    for commit in range(5):
        fill(database, [(k(str(commit)), b"v")], Position(commit, b"", b""))
        snapshots.append(database.snapshot())
    assert [len(everything(each)) for each in snapshots] == [1, 2, 3, 4, 5]
    assert [each.position.commit for each in snapshots] == [0, 1, 2, 3, 4]


def check_a_closed_snapshot_says_so_and_the_database_goes_on(database):
    fill(database, numbered(1000))
    snapshot, other = database.snapshot(), database.snapshot()
    scan = snapshot.scan(b"", None)
    assert next(scan) == numbered(1)[0]
    snapshot.close()
    snapshot.close()
    with pytest.raises(StateClosed):
        snapshot.get(k("00001"))
    with pytest.raises(StateClosed):
        list(scan)
    with pytest.raises(StateClosed):
        _ = snapshot.position
    assert everything(other) == everything(database) == numbered(1000)


def check_after_close_everything_says_so(database):
    fill(database, numbered(1000), FIRST)
    snapshot = database.snapshot()
    begun, unread = database.scan(b"", None), database.scan(b"", None, reverse=True)
    next(begun)
    database.close()
    database.close()
    for call in (
        lambda: database.get(k("00001")),
        lambda: database.position,
        lambda: database.scan(b"", None),
        database.snapshot,
        lambda: fill(database, numbered(1)),
        lambda: list(begun),
        lambda: list(unread),
        lambda: snapshot.get(k("00001")),
        lambda: snapshot.position,
        lambda: everything(snapshot),
    ):
        with pytest.raises(StateClosed):
            call()


def check_other_threads_see_whole_commits_until_they_are_told(database):
    fill(database, numbered(300, b"0"), Position(0, b"", b""))
    seen, wrong = [], []

    def ask():
        try:
            while True:
                with database.snapshot() as snapshot:
                    values = {value for _, value in everything(snapshot)}
                    commit = snapshot.position.commit
                if values != {b"%d" % commit}:
                    wrong.append((commit, values))
                seen.append(commit)
        except StateClosed:
            seen.append("closed")
        except BaseException as error:
            wrong.append(error)
            raise

    askers = [threading.Thread(target=ask) for _ in range(3)]
    for each in askers:
        each.start()
    commit = 0
    while commit < 20 or len(seen) < 30:
        commit += 1
        fill(database, numbered(300, b"%d" % commit), Position(commit, b"", b""))
    database.close()
    for each in askers:
        each.join()
    assert wrong == []
    assert seen.count("closed") == 3


CHECKS = {name: check for name, check in list(globals().items()) if name.startswith("check_")}


def check_database(make):
    """Every check, each on a new database of `make()`."""
    for check in CHECKS.values():
        database = make()
        check(database)
        database.close()
