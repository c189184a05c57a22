"""Which bytes of a log belong to it at one record."""

from streamz_core.log.backups.contents import PATHS, pieces
from streamz_core.log.log import Log
from tests.log.conftest import send


def test_files_are_cut_behind_the_last_record_that_counts(opened):
    log = opened()
    log.create_topic("t", 1, {})
    send(log, [b"x" * 5000])
    other = Log.open(log.env, "/log", everything=True)
    before = {piece.path: piece.bytes for piece in pieces(other)}
    send(log, [b"y" * 5000])
    assert {piece.path: piece.bytes for piece in pieces(other)} == before
    data = f"data/{log.incarnation.hex()}/1"
    assert set(before) == {"LOG", "commit/000001", "copies/000001", data}
    assert before[data] < len(log.env.read(f"/log/{data}"))
    assert before["commit/000001"] < len(log.env.read("/log/commit/000001"))
    other.refresh()
    after = {piece.path: piece.bytes for piece in pieces(other)}
    assert after[data] == len(log.env.read(f"/log/{data}"))
    assert all(map(PATHS.fullmatch, after))


def test_a_name_that_leads_elsewhere_is_none_of_a_backup():
    for name in ("../LOG", "/LOG", "commit/../LOG", "commit/000001\n", "LOG/x", "data/x/1", ""):
        assert not PATHS.fullmatch(name)
