"""stdin by the line, whatever it is; stdout whose end is told in a sentence."""

import errno
import io
import sys

import pytest

from streamz_core.cli import streams
from streamz_core.cli.streams import Output, Unwritable, stdin_lines
from streamz_core.errors import Misuse


class Drips(io.RawIOBase):
    """Gives so many bytes at a time, and counts what was taken."""

    def __init__(self, data, size):
        self.data, self.size, self.taken = data, size, 0

    def readable(self):
        return True

    def readinto(self, into):
        piece = self.data[self.taken : self.taken + min(self.size, len(into))]
        into[: len(piece)] = piece
        self.taken += len(piece)
        return len(piece)


@pytest.fixture
def stdin(monkeypatch):
    """`stdin(data, size)`: what the process is given, so many bytes at a read."""

    def give(data, size=7):
        raw = Drips(data, size)
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BufferedReader(raw, 1)))
        return raw

    return give


@pytest.mark.parametrize("size", [1, 2, 7, 1 << 20])
@pytest.mark.parametrize(
    "data, lines",
    [
        (b"", []),
        (b"a", [b"a"]),
        (b"a\n", [b"a"]),
        (b"\n\n", [b"", b""]),
        (b"one\ntwo\r\n\0\xff\nlast", [b"one", b"two\r", b"\0\xff", b"last"]),
        (b"x" * 3000 + b"\n" + b"y" * 3000, [b"x" * 3000, b"y" * 3000]),
    ],
)
def test_lines_are_those_of_the_bytes(stdin, data, lines, size):
    stdin(data, size)
    assert [line for piece in stdin_lines() for line in piece] == lines


@pytest.mark.parametrize("before", [0, 2])
def test_a_line_without_end_is_told_before_all_of_it_is_read(stdin, monkeypatch, before):
    monkeypatch.setattr(streams, "LINE_BYTES_MAX", 3 << 20)
    raw = stdin(b"ok\n" * before + b"x" * (60 << 20) + b"\nlast", 1 << 16)
    pieces = stdin_lines()
    if before:
        assert next(pieces) == [b"ok"] * before
    assert next(pieces) == [None]
    assert raw.taken < 5 << 20
    assert list(pieces) == [[b"last"]]


@pytest.mark.parametrize("size", [1, 3, 7, 100])
def test_a_line_is_too_long_by_its_bytes_alone(stdin, monkeypatch, size):
    monkeypatch.setattr(streams, "LINE_BYTES_MAX", 5)
    stdin(b"12345\n123456\n12345\n" + b"x" * 50, size)
    lines = [line for piece in stdin_lines() for line in piece]
    if size <= 5:
        assert lines == [b"12345", None, b"12345", None]
    else:  # what came with its end was read already
        assert [line for line in lines if line and len(line) <= 5] == [b"12345", b"12345"]


def test_a_stdin_that_is_none_or_cannot_be_read(monkeypatch):
    monkeypatch.setattr(sys, "stdin", None)
    with pytest.raises(Misuse, match="stdin is closed"):
        list(stdin_lines())

    class Folder(Drips):
        def readinto(self, into):
            raise IsADirectoryError(errno.EISDIR, "Is a directory")

    broken = io.TextIOWrapper(io.BufferedReader(Folder(b"", 1)))
    monkeypatch.setattr(sys, "stdin", broken)
    with pytest.raises(Misuse, match="stdin: Is a directory"):
        list(stdin_lines())


def test_what_stdout_refuses_is_told():
    class Full(io.RawIOBase):
        error = OSError(errno.ENOSPC, "No space left on device")

        def write(self, _):
            raise self.error

    full = Full()
    with pytest.raises(Unwritable, match="stdout: No space left on device; not everything"):
        Output(full).write(b"x")
    full.error = BrokenPipeError(errno.EPIPE, "Broken pipe")
    with pytest.raises(BrokenPipeError):
        Output(full).write(b"x")
    with pytest.raises(Unwritable, match="stdout is closed"):
        Output(None).write(b"x")
