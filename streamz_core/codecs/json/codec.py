"""Codecs of typed values as plain JSON, by the names of their fields (of.py says what they promise)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from decimal import Decimal
from functools import cache, partial
from typing import Any, Final

from streamz_core.codecs.annotation import Shapes
from streamz_core.codecs.classes.again import coming_back
from streamz_core.codecs.classes.families import Family, Member
from streamz_core.codecs.classes.shape import ClassShape
from streamz_core.codecs.codec import Codec
from streamz_core.codecs.free import JSON
from streamz_core.codecs.json.fast import dumps, loads
from streamz_core.codecs.json.shapes import (
    BYTES,
    UUID_TEXT,
    JsonClass,
    JsonDecimal,
    JsonDict,
    JsonFloat,
    JsonFree,
    JsonSpan,
    json_either,
)
from streamz_core.codecs.json.text import dumps_plainly, loads_exactly, loads_plainly
from streamz_core.codecs.packing import Misplaced
from streamz_core.codecs.schemas import Schema
from streamz_core.codecs.shapes import scalars
from streamz_core.codecs.shapes.shape import Shape, Unlike, blamed, inside
from streamz_core.codecs.text import DIFFERS, Functions, Text, Way
from streamz_core.errors import CodecError, Misuse

_NONE: Final = type(None)


class JsonOf(Codec[Any]):
    """Typed values as JSON text. Topics remember of it that they hold JSON, and not which: fields are known by name."""

    def __init__(self, tp: Any, shapes: JsonShapes) -> None:
        self.tp = tp
        self.shapes = shapes
        self.shape = shapes.of(tp)
        self.name = f"json {self.shape.name}"
        self.accepts = self.shape
        parts = list(inside(self.shape))
        self.immutable = all(part.fixed for part in parts)
        exactly = any(isinstance(part, JsonDecimal) for part in parts)
        self._loads = loads_exactly if exactly else loads
        self._loads_slowly = loads_exactly if exactly else loads_plainly
        self._functions: Functions | None = None

    @property
    def schema(self) -> Schema:
        return JSON.schema

    def for_key(self) -> Codec[Any]:
        return self if self.shapes.is_key else json_codec(self.tp, self.shapes.unknown, is_key=True)

    def encode(self, value: Any) -> bytes:
        encode = (self._functions or self._write()).encode
        return encode(value)

    def decode(self, data: bytes) -> Any:
        decode = (self._functions or self._write()).decode
        return decode(data)

    def encode_all(self, values: Sequence[Any]) -> list[bytes | None]:
        functions = self._functions or self._write()
        # A null is none of the values, though the type may have None, which would be written as "null".
        if _NONE not in set(map(type, values)):
            with suppress(*DIFFERS):  # of one value: then one by one
                return list(map(dumps, functions.to_plain(values)))
        return super().encode_all(values)

    def decode_all(self, column: Sequence[bytes | None]) -> list[Any]:
        functions = self._functions or self._write()
        texts: Any = column
        if None not in column:
            with suppress(*DIFFERS):
                return functions.from_plain(map(self._loads, texts))
        return super().decode_all(column)

    def of_data(self, data: Any) -> Any:
        """The value of what was JSON text already; CodecError."""
        try:
            return self.shape.from_plain(data)
        except Misplaced as error:
            raise error.under(self.shape.name) from error
        except Unlike as error:
            raise CodecError(str(error)) from error
        except RecursionError as error:
            raise CodecError(f"{self.shape.name}: nested too deeply: {error}") from error

    def _write(self) -> Functions:
        text = Text()
        functions = text.functions(
            self.name,
            "return dumps({})",
            ["value = loads(data)"],
            {"dumps": dumps, "loads": self._loads},
            partial(self._body, text),
            (self._encode, self._decode),
        )
        self._functions = coming_back(self.shape, functions, self._decode)
        return self._functions

    def _body(self, text: Text, way: Way, give: str) -> list[str]:
        return self.shape.body(text, way, give)

    def _encode(self, value: Any) -> bytes:
        try:
            return self._dumped(value, self.shape.to_plain(value))
        except Misplaced as error:
            raise error.under(self.shape.name) from error
        except RecursionError as error:
            raise CodecError(f"{self.shape.name}: nested too deeply: {error}") from error

    def _dumped(self, value: Any, plain: Any) -> bytes:
        try:
            return dumps_plainly(plain)
        except CodecError as error:
            raise blamed(self.shape, value, dumps_plainly, error) from error

    def _decode(self, data: bytes) -> Any:
        return self.of_data(self._loads_slowly(data))


class JsonShapes(Shapes):
    """The shapes of types in JSON; `unknown`: what becomes of fields that a class has not."""

    def __init__(self, unknown: str, *, is_key: bool) -> None:
        leaves = {**(scalars.KEYS if is_key else scalars.VALUES), **_leaves(is_key=is_key)}
        super().__init__(leaves, is_key=is_key)
        self.unknown = unknown

    def either(self, options: Iterable[Shape]) -> Shape:
        return json_either(options)

    def dict(self, key: Shape, value: Shape) -> Shape:
        return super().dict(key, value) if key.exact == frozenset({str}) else JsonDict(key, value)

    def row(self, name: str, family: Family, members: Sequence[Member]) -> ClassShape:
        return JsonClass(name, family, members, ignore=self.unknown == "ignore")


def _leaves(*, is_key: bool) -> Mapping[Any, Shape]:
    decimals: Any = (scalars.KEYS if is_key else scalars.VALUES)[Decimal]
    free = JsonFree()
    made: tuple[Shape, ...] = (
        JsonFloat(is_key=is_key),
        JsonDecimal(decimals),
        JsonSpan(),
        BYTES,
        UUID_TEXT,
    )
    return {Any: free, object: free} | {kind: shape for shape in made for kind in shape.types}


@cache
def json_codec(tp: Any, unknown: str, *, is_key: bool) -> JsonOf:
    """One object for equal arguments: steps are compared by their codecs."""
    try:
        return JsonOf(tp, _shapes(unknown, is_key=is_key))
    except RecursionError as error:
        raise Misuse(f"no codec for {tp!r}: its types nest without end") from error


@cache
def _shapes(unknown: str, *, is_key: bool) -> JsonShapes:
    return JsonShapes(unknown, is_key=is_key)
