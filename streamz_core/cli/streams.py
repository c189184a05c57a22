"""stdin, stdout and stderr, whatever they are: a terminal, a pipe, a file, full, or closed."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from typing import Any, cast

from streamz_core.env.standard import occupy
from streamz_core.errors import Misuse, StreamzError, TooLarge

READ_BYTES = 1 << 20
LINE_BYTES_MAX = 16 << 20


class Unwritable(StreamzError):
    """stdout takes nothing more: full, or closed."""


class Output(io.RawIOBase):
    """What stands behind stdout; `raw` is None if it was closed. Its errors are said in a sentence."""

    def __init__(self, raw: Any) -> None:
        self._raw = raw

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
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
    elif isinstance(sys.stdout, io.TextIOWrapper) and not isinstance(_raw(sys.stdout), Output):
        raw = _raw(sys.stdout)
        if isinstance(raw, io.FileIO):
            behind = io.FileIO(raw.fileno(), "w", closefd=False)
            live = sys.stdout.line_buffering
            sys.stdout = _text(io.BufferedWriter(Output(behind)), live=live)


def give_up() -> None:
    """Nothing more is printed: what waits could not be written, and must not be tried again at the end."""
    sys.stdout = cast("Any", None)  # as Python has it where there is none


def stdin_lines() -> Iterator[list[bytes]]:
    """Lines of stdin without their ends, as many at a time as one read brings.

    Misuse if there is no stdin, TooLarge with a note for a line beyond every record; what came before it
    was handed out.
    """
    if sys.stdin is None:
        raise Misuse("stdin is closed: pipe the records into it, or give one by --value")
    rest: list[bytes] = []
    waiting = seen = 0
    while data := _read(sys.stdin.buffer):
        *lines, last = data.split(b"\n")
        if lines:
            lines[0] = b"".join([*rest, lines[0]])
            rest, waiting = [], 0
            seen += len(lines)
            yield lines
        rest.append(last)
        waiting += len(last)
        if waiting > LINE_BYTES_MAX:
            error = TooLarge(
                f"line {seen + 1} of stdin has more than {LINE_BYTES_MAX >> 20} MiB, which no record has"
            )
            error.add_note("is it a text with a record on each line?")
            raise error
    if waiting:
        yield [b"".join(rest)]


def _read(stream: Any) -> bytes:
    try:
        return cast("bytes", stream.read1(READ_BYTES))
    except OSError as error:
        raise Misuse(f"stdin: {error.strerror}") from error


def _raw(stream: io.TextIOWrapper) -> Any:
    return getattr(stream.buffer, "raw", None)


def _text(binary: Any, *, live: bool = False) -> io.TextIOWrapper:
    # What the terminal's encoding lacks is escaped: a name that cannot be shown stops no command.
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    return io.TextIOWrapper(binary, encoding, "backslashreplace", "\n", line_buffering=live)
