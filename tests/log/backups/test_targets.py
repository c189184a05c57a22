"""Backups as directories and as tar files: what goes in comes out."""

import pytest

from streamz_core.env.memory import MemoryMachine
from streamz_core.errors import Corrupt
from streamz_core.log.backups.contents import Piece
from streamz_core.log.backups.targets import CHUNK_BYTES, entries, pieces_of, target


@pytest.mark.parametrize("path", ["/there", "/there.tar"])
def test_files_come_out_as_they_went_in(path):
    env = MemoryMachine().process()
    files = {
        "LOG": b"log",
        "commit/000001": b"c" * (CHUNK_BYTES + 7),
        "data/0123456789abcdef/1": b"",
        "part/1/0/00000000000000000000-ab": b"sealed",
    }
    made = target(env, path)
    for name, data in files.items():
        pieces = [data[at : at + 1000] for at in range(0, len(data), 1000)]
        assert made.add(Piece(name, len(data)), pieces) == len(data)
    made.close()
    assert {name: b"".join(content) for name, content in entries(env, path)} == files


def test_a_file_that_ends_too_early_is_told():
    env = MemoryMachine().process()
    file = env.create("/file")
    file.append(b"abc")
    assert b"".join(pieces_of(file, 2)) == b"ab"
    assert b"".join(pieces_of(file)) == b"abc"
    with pytest.raises(Corrupt, match="has 3 bytes and not 5"):
        list(pieces_of(file, 5))
