"""What can be asked of a store, and how it is written as the target of an HTTP request.

    /stores/{s}/keys/{k}      one row
    /stores/{s}/windows/{k}   the windows of a key (from, to: window starts in ms)
    /stores/{s}/range         rows in order (from, to: keys; time_from, time_to: window starts in ms)

Each takes partition and min_commit, those of several rows limit and cursor too. Keys are percent-encoded
text for codecs of str, JSON otherwise.
"""

from __future__ import annotations

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import parse_qsl, quote, unquote_to_bytes, urlencode

from attrs import frozen

from streamz_core.codecs.plain import StrCodec
from streamz_core.errors import CodecError
from streamz_core.query.problems import bad_request, not_found
from streamz_core.query.values import dumps, from_text
from streamz_core.stores.kinds import kind_of
from streamz_core.topology.nodes import AnyCodec, StoreSpec

KEYS, WINDOWS, RANGE = "keys", "windows", "range"
ROWS_DEFAULT = 1000
ROWS_MAX = 10_000
NUMBER_MAX = (1 << 63) - 1
_PARAMETERS_MAX = 16
_NOT_ENCODED = re.compile(r"%(?![0-9A-Fa-f]{2})")
_COMMON = ("partition", "min_commit")
_PARAMETERS = {
    KEYS: (*_COMMON,),
    WINDOWS: (*_COMMON, "from", "to", "limit", "cursor"),
    RANGE: (*_COMMON, "from", "to", "time_from", "time_to", "limit", "cursor"),
}


@frozen(kw_only=True)
class Question:
    """One request for rows of a store. Bounds are inclusive, None leaves a side open.

    `after`: the key of the last row that was had already. `min_commit`: only rows that are at least
    the result of that commit.
    """

    store: str
    verb: str
    key: Any = None
    low: Any = None
    high: Any = None
    time_from: int = 0
    time_to: int | None = None
    partition: int | None = None
    min_commit: int = 0
    limit: int = ROWS_DEFAULT
    after: Any = None


def row_codec(spec: StoreSpec) -> AnyCodec:
    """The codec of the keys of rows: windowed ones in a window store."""
    return kind_of(spec).row_key(spec)


# ---- written


def target(question: Question, spec: StoreSpec) -> str:
    """The path and query of the request that asks it."""
    path = f"/stores/{quote(question.store, safe='')}/{question.verb}"
    if question.verb != RANGE:
        path += f"/{quote(_text(spec.key, question.key), safe='')}"
    told = {name: text for name, text in _told(question, spec).items() if text is not None}
    return f"{path}?{urlencode(told)}" if told else path


def _told(question: Question, spec: StoreSpec) -> dict[str, str | None]:
    times = (_number(question.time_from, 0), _number(question.time_to, None))
    found = {
        "partition": _number(question.partition, None),
        "min_commit": _number(question.min_commit, 0),
    }
    if question.verb == WINDOWS:
        found["from"], found["to"] = times
    if question.verb == RANGE:
        found["from"] = None if question.low is None else _text(spec.key, question.low)
        found["to"] = None if question.high is None else _text(spec.key, question.high)
        found["time_from"], found["time_to"] = times
    if question.verb != KEYS:
        found["limit"] = _number(question.limit, ROWS_DEFAULT)
        found["cursor"] = None if question.after is None else cursor(spec, question.after)
    return found


def cursor(spec: StoreSpec, key: Any) -> str:
    """A row's key as an opaque word."""
    return urlsafe_b64encode(_text(row_codec(spec), key).encode()).decode().rstrip("=")


def read_cursor(spec: StoreSpec, text: str) -> Any:
    """The key in a word that `cursor` made; CodecError if it is none for this store."""
    codec = row_codec(spec)
    try:
        key = from_text(codec, urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode())
        codec.encode(key)
    except (ValueError, CodecError) as error:
        raise CodecError("the cursor is none that was given out for this store") from error
    return key


def _number(value: int | None, default: int | None) -> str | None:
    return None if value == default else str(value)


def _text(codec: AnyCodec | None, key: Any) -> str:
    return str(key) if isinstance(codec, StrCodec) else dumps(key)


# ---- read


def segments(raw: str) -> tuple[Sequence[str], dict[str, str]]:
    """(decoded parts of the path, parameters) of a request's target; Problem 400."""
    path, _, query = raw.partition("?")
    if not path.startswith("/") or not raw.isascii():
        raise bad_request("the target must be a path that begins with /, in ASCII")
    if _NOT_ENCODED.search(raw):
        raise bad_request("a % is not followed by two hex digits")
    try:
        parts = [unquote_to_bytes(part).decode() for part in path.split("/")[1:]]
        pairs = parse_qsl(
            query,
            keep_blank_values=True,
            strict_parsing=bool(query),
            errors="strict",
            max_num_fields=_PARAMETERS_MAX,
        )
    except ValueError as error:
        raise bad_request(f"the target cannot be decoded: {error}") from error
    if len(dict(pairs)) != len(pairs):
        raise bad_request("a parameter is given twice")
    return parts, dict(pairs)


def parse(
    parts: Sequence[str], parameters: dict[str, str], find: Callable[[str], StoreSpec]
) -> Question:
    """The question of `/stores/{s}/…`; `find` gives a store's spec. Problem 400 or 404."""
    spec, verb = find(parts[1]), parts[2]
    if verb not in _PARAMETERS or len(parts) != (3 if verb == RANGE else 4):
        raise not_found("unknown-path", f"there is no /stores/{{store}}/{verb} of this form")
    unknown = set(parameters) - set(_PARAMETERS[verb])
    if unknown:
        known = ", ".join(_PARAMETERS[verb])
        raise bad_request(f"unknown parameter {', '.join(sorted(unknown))}; there are {known}")
    own = kind_of(spec).verb
    if verb not in {own, RANGE}:
        raise bad_request(f"store {spec.name} is of kind {spec.kind}: ask /{own}/ instead")
    try:
        return _parse(spec, verb, parts[3] if verb != RANGE else "", _Parameters(parameters))
    except CodecError as error:
        raise bad_request(f"store {spec.name}: {error}") from error


def _parse(spec: StoreSpec, verb: str, key: str, given: _Parameters) -> Question:
    times = ("from", "to") if verb == WINDOWS else ("time_from", "time_to")
    assert spec.key is not None, f"store {spec.name} has no key codec"
    return Question(
        store=spec.name,
        verb=verb,
        key=None if verb == RANGE else checked(spec, key),
        low=given.key("from", spec) if verb == RANGE else None,
        high=given.key("to", spec) if verb == RANGE else None,
        time_from=given.number(times[0], NUMBER_MAX) or 0,
        time_to=given.number(times[1], NUMBER_MAX),
        partition=given.number("partition", NUMBER_MAX),
        min_commit=given.number("min_commit", NUMBER_MAX) or 0,
        limit=given.number("limit", ROWS_MAX) or ROWS_DEFAULT,
        after=given.cursor(spec),
    )


def checked(spec: StoreSpec, text: str) -> Any:
    """The key that a text means; CodecError if the store's codec does not take it."""
    assert spec.key is not None, f"store {spec.name} has no key codec"
    key = from_text(spec.key, text)
    spec.key.encode(key)
    return key


class _Parameters:
    """The parameters of a request, read by type."""

    def __init__(self, given: dict[str, str]) -> None:
        self._given = given

    def number(self, name: str, most: int) -> int | None:
        text = self._given.get(name)
        if text is None:
            return None
        if not (text.isascii() and text.isdigit() and len(text) <= 19 and int(text) <= most):
            raise bad_request(f"{name} must be a whole number from 0 to {most}")
        return int(text)

    def key(self, name: str, spec: StoreSpec) -> Any:
        text = self._given.get(name)
        return None if text is None else checked(spec, text)

    def cursor(self, spec: StoreSpec) -> Any:
        text = self._given.get("cursor")
        if text is None:
            return None
        try:
            return read_cursor(spec, text)
        except CodecError as error:
            raise bad_request(str(error)) from error
