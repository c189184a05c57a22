"""stdin, stdout and stderr, whatever they are: a terminal, a pipe, a file, full, or closed."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from contextlib import suppress
from typing import Any, cast

from streamz_core.cli.signals import INTERRUPTS
from streamz_core.env.standard import occupy, widen
from streamz_core.errors import Misuse, StreamzError

READ_BYTES = 1 << 20
LINE_BYTES_MAX = 16 << 20


class Unwritable(StreamzError):
    """stdout takes nothing more: full, or closed."""


class Output(io.RawIOBase):
    """What stands behind stdout; `raw` is None if it was closed. Its errors are said in a sentence."""

    def __init__(self, raw: Any) -> None:
        self._raw = raw
        self._over = False

    def end(self) -> None:
        """Take whatever still comes, and let it go: the stream above writes what waits when it is let go of."""
        self._over = True

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        if self._over:
            return len(data)
        if self._raw is None:
            raise Unwritable("stdout is closed: there is nowhere to print to")
        try:
            return cast("int", self._raw.write(data))
        except BrokenPipeError:
            raise
        except OSError as error:
            raise Unwritable(f"stdout: {error.strerror}; not everything was printed") from error


def settle() -> None:
    """Take over stdout, and give closed streams something that can be written to."""
    occupy()
    if sys.stderr is None:
        sys.stderr = _text(io.BytesIO())
    if sys.stdout is None:
        sys.stdout = _text(io.BufferedWriter(Output(None)))
        return
    raw = _raw(sys.stdout)
    if isinstance(raw, io.FileIO):  # and no stream of ours, or a test's
        live = cast("io.TextIOWrapper", sys.stdout).line_buffering or raw is sys.stdout.buffer
        behind = io.FileIO(raw.fileno(), "w", closefd=False)
        sys.stdout = _text(io.BufferedWriter(Output(behind)), live=live)


def give_up() -> None:
    """Nothing more is printed: what waits could not be written, and must not be tried again at the end."""
    raw = _raw(sys.stdout)
    if isinstance(raw, Output):
        raw.end()
    sys.stdout = cast("Any", None)  # as Python has it where there is none


def stdin_lines() -> Iterator[list[bytes | None]]:
    """Lines of stdin without their ends, as many at a time as one read brings.

    None is a line of more than LINE_BYTES_MAX, told before its end is read: no record is so long. Misuse if
    there is no stdin.
    """
    if sys.stdin is None:
        raise Misuse("stdin is closed: pipe the records into it, or give one by --value")
    with suppress(OSError):  # no descriptor behind it
        widen(sys.stdin.fileno(), READ_BYTES)  # else a read brings 64 KiB
    begun: list[bytes] = []  # of the line that has no end yet
    size = 0
    while data := _read(sys.stdin.buffer):
        *ended, rest = data.split(b"\n")
        lines: list[bytes | None] = [*ended]
        if lines:
            first = b"".join([*begun, ended[0]])
            lines[:1] = [] if size > LINE_BYTES_MAX else [first]
            begun, size = [], 0
        if size <= LINE_BYTES_MAX:
            begun.append(rest)
            size += len(rest)
            if size > LINE_BYTES_MAX:
                begun = []
                lines.append(None)
        if lines:
            yield lines
    if 0 < size <= LINE_BYTES_MAX:
        yield [b"".join(begun)]


def _read(stream: Any) -> bytes:
    INTERRUPTS.check()
    try:
        data = cast("bytes", stream.read1(READ_BYTES))
    except OSError as error:
        raise Misuse(f"stdin: {error.strerror}") from error
    INTERRUPTS.check()
    return data


def _raw(stream: Any) -> Any:
    """What writes to the system: without a buffer (python -u) the text stands on it at once."""
    buffer = getattr(stream, "buffer", None)
    return getattr(buffer, "raw", buffer)


def _text(binary: Any, *, live: bool = False) -> io.TextIOWrapper:
    # What the terminal's encoding lacks is escaped: a name that cannot be shown stops no command.
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    return io.TextIOWrapper(binary, encoding, "backslashreplace", "\n", line_buffering=live)
