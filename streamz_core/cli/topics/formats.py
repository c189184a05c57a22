"""How a record looks on a line: JSON, or a format string as kcat has them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from streamz_core.codecs.codec import Codec
from streamz_core.codecs.plain import BytesCodec
from streamz_core.errors import Misuse
from streamz_core.query.values import as_text, to_json
from streamz_core.query.words.texts import of_word, text_of, word
from streamz_core.record import Record

Readers = tuple[Codec[Any] | None, Codec[Any] | None]
Piece = Callable[["Shown"], bytes]
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "\\": "\\", "0": "\0"}
NULL, EMPTY = b"NULL", b"EMPTY"
BASE64 = b"BASE64:"
_MARKED = re.compile(rb"\\*NULL|\\+EMPTY|\\+BASE64:[^\n]*|")
_TOKEN = re.compile(r"%(.?)|\\(x[0-9a-fA-F]{2}|.)", re.DOTALL)


class Shown:
    """A record whose key and value are shown as they are if they are bytes, else as text; `codecs` are those that
    `produce` would read it by, None for a side that it would not.
    """

    __slots__ = ("_codecs", "record")

    def __init__(self, record: Record[Any, Any], codecs: Readers = (None, None)) -> None:
        self.record = record
        self._codecs = codecs

    @property
    def key(self) -> bytes | None:
        return _shown(self.record.key, self._codecs[0])

    @property
    def value(self) -> bytes | None:
        return _shown(self.record.value, self._codecs[1])

    @property
    def headers(self) -> bytes:
        """name=value, …"""
        pairs = (f"{name}=".encode() + (value or b"") for name, value in self.record.headers)
        return b",".join(pairs)


def json_line(shown: Shown) -> bytes:
    """The whole record as one JSON object."""
    record = shown.record
    told = {
        "topic": record.topic,
        "partition": record.partition,
        "offset": record.offset,
        "timestamp": record.timestamp,
        "headers": [[name, _json(value)] for name, value in record.headers],
        "key": _json(record.key),
        "value": _json(record.value),
    }
    return json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def layout(text: str | None, delimiter: str | None, *, null: bool) -> Callable[[Shown], bytes]:
    """A function from a record to its bytes: by format string, else key (if asked for) and value.

    `null`: null prints as NULL, and what would be taken for it otherwise (`told_apart`), else as nothing. Misuse for an
    unknown letter.
    """
    shown = told_apart if null else _or_nothing
    if text is None:
        keys = "" if delimiter is None else "%k" + delimiter.replace("%", "%%")
        text = f"{keys}%s\\n"
    pieces = _pieces(text, shown)
    return lambda record: b"".join([piece(record) for piece in pieces])


def told_apart(data: bytes | None) -> bytes:
    r"""Null as NULL, nothing as \EMPTY, what would end a line as \BASE64:...; text that looks like one of these has a
    backslash before it, or one more.
    """
    if data is None:
        return NULL
    if b"\n" in data:
        return b"\\" + BASE64 + word(data).encode()
    return b"\\" + (data or EMPTY) if _MARKED.fullmatch(data) else data


def read_apart(data: bytes) -> bytes | None:
    """What `told_apart` printed so; where there is nothing it is null, too, as kcat has it."""
    if not data or data == NULL:
        return None
    if not _MARKED.fullmatch(data):
        return data
    if data.startswith(b"\\" + BASE64):
        with suppress(ValueError):
            return of_word(data[1 + len(BASE64) :].decode())
    return b"" if data == b"\\" + EMPTY else data[1:]


def _or_nothing(data: bytes | None) -> bytes:
    return data or b""


def unescaped(text: str) -> str:
    """The text with its backslash escapes as the characters they stand for."""
    return _TOKEN.sub(lambda token: _unescaped(token[2]) if token[2] else token[0], text)


def _pieces(text: str, shown: Callable[[bytes | None], bytes]) -> list[Piece]:
    pieces: list[Piece] = []
    at = 0
    for token in _TOKEN.finditer(text):
        pieces.append(_constant(text[at : token.start()]))
        at = token.end()
        letter, escape = token[1], token[2]
        if letter is None:
            pieces.append(_constant(_unescaped(escape)))
        elif letter == "%":
            pieces.append(_constant("%"))
        else:
            pieces.append(_field(letter, shown))
    pieces.append(_constant(text[at:]))
    return pieces


def _field(letter: str, told: Callable[[bytes | None], bytes]) -> Piece:
    fields: dict[str, Piece] = {
        "t": lambda shown: shown.record.topic.encode(),
        "p": lambda shown: b"%d" % shown.record.partition,
        "o": lambda shown: b"%d" % shown.record.offset,
        "T": lambda shown: b"%d" % shown.record.timestamp,
        "k": lambda shown: told(shown.key),
        "s": lambda shown: told(shown.value),
        "K": lambda shown: b"%d" % _size(shown.key),
        "S": lambda shown: b"%d" % _size(shown.value),
        "h": lambda shown: shown.headers,
    }
    if letter not in fields:
        known = " ".join(f"%{name}" for name in fields)
        raise Misuse(f"-f: %{letter} is unknown; there are {known} and %%")
    return fields[letter]


def _constant(text: str) -> Piece:
    data = text.encode()
    return lambda _: data


def _unescaped(escape: str) -> str:
    if len(escape) > 1:
        return chr(int(escape[1:], 16))
    return _ESCAPES.get(escape, f"\\{escape}")


def _size(data: bytes | None) -> int:
    """-1 for null, as kcat prints."""
    return -1 if data is None else len(data)


def _shown(value: Any, codec: Codec[Any] | None) -> bytes | None:
    if value is None or isinstance(codec, BytesCodec):
        found: bytes | None = value
        return found
    if codec is not None:
        return text_of(codec, value).encode()
    if isinstance(value, bytes):
        return value
    return value.encode() if isinstance(value, str) else as_text(value).encode()


def _json(value: Any) -> Any:
    """Bytes that are text as text: what a person would have typed."""
    if isinstance(value, bytes):
        try:
            return value.decode()
        except UnicodeDecodeError:
            return to_json(value)
    return to_json(value)
