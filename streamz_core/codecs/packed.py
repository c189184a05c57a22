"""Codecs of shapes: msgpack, behind the fingerprint of the schema where the shape has names."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from operator import attrgetter
from typing import Any, Final, TypeVar

from streamz_core.codecs.classes.again import coming_back
from streamz_core.codecs.classes.groups import classes_in, refer
from streamz_core.codecs.classes.shape import ClassShape
from streamz_core.codecs.codec import Codec
from streamz_core.codecs.keys import check_key
from streamz_core.codecs.packing import Misplaced, pack, pack_checked, shown, unpack, unpack_column
from streamz_core.codecs.resolving import Resolving
from streamz_core.codecs.schemas import (
    FORMAT,
    HEAD_BYTES,
    SCHEMAS,
    Described,
    Schema,
    is_named,
    schema_of,
)
from streamz_core.codecs.shapes.shape import Shape, Unlike, blamed, inside
from streamz_core.codecs.text import DIFFERS, Functions, Text, Way
from streamz_core.errors import CodecError

T = TypeVar("T")
FORMAT_BEFORE: Final = 1
"""The first byte of classes by position, as release 0.1 wrote them."""


class _Written(Codec[Any]):
    """A shape at the top: `head`, then msgpack of the plain form.

    Written functions do what is as expected; of anything else the shape says what it is. They are
    written when they are first needed.
    """

    def __init__(self, shape: Shape, head: bytes) -> None:
        self.shape = shape
        self.head = head
        self.name = shape.name
        self.accepts = shape
        self._functions: Functions | None = None

    def encode(self, value: Any) -> bytes:
        encode = (self._functions or self._write()).encode
        return encode(value)

    def decode(self, data: bytes) -> Any:
        decode = (self._functions or self._write()).decode
        return decode(data)

    def encode_all(self, values: Sequence[Any]) -> list[bytes | None]:
        functions, head = self._functions or self._write(), self.head
        with suppress(*DIFFERS):  # of one value, or of None: then one by one
            return [head + packed for packed in map(pack_checked, functions.to_plain(values))]
        encode = functions.encode
        return [None if value is None else encode(value) for value in values]

    def decode_all(self, column: Sequence[bytes | None]) -> list[Any]:
        functions = self._functions or self._write()
        with suppress(*DIFFERS):  # of one message, or of None: then one by one
            return functions.from_plain(unpack_column(column, self.head))
        return self._decode_others(column, functions.decode)

    def _decode_others(
        self, column: Sequence[bytes | None], decode: Callable[[bytes], Any]
    ) -> list[Any]:
        return [None if data is None else decode(data) for data in column]

    def _write(self) -> Functions:
        text = Text()
        slowly = (self._encode, self._decode)
        functions = text.codec(self.name, self.head, partial(self._body, text), slowly)
        self._functions = coming_back(self.shape, functions, self._decode)
        return self._functions

    def _body(self, text: Text, way: Way, give: str) -> list[str]:
        return self.shape.body(text, way, give)

    def _encode(self, value: Any) -> bytes:
        return self._clearly(lambda: self._packed(value, self.shape.to_plain(value)))

    def _packed(self, value: Any, plain: Any) -> bytes:
        try:
            return self.head + pack(plain)
        except CodecError as error:
            raise blamed(self.shape, value, pack, error) from error

    def _decode(self, data: bytes) -> Any:
        return self._clearly(lambda: self.shape.from_plain(unpack(data[len(self.head) :])))

    def _clearly(self, convert: Callable[[], T]) -> T:
        """Errors that begin with the whole, also of too deep recursion: who sent bytes chose it."""
        try:
            return convert()
        except Misplaced as error:
            raise error.under(self.name) from error
        except Unlike as error:
            raise CodecError(str(error)) from error
        except RecursionError as error:
            raise CodecError(f"{self.name}: nested too deeply: {error}") from error


class PackedCodec(_Written):
    """A type that no plain codec has.

    Where it holds classes or enums, bytes name the schema they were written with; those of another
    one are read by name. `is_key`: they do not, since then one field more would be another key.
    """

    def __init__(self, shape: Shape, *, is_key: bool = False) -> None:
        parts = list(inside(shape))
        nested = {each.schema for each in classes_in(shape)}
        if isinstance(shape, ClassShape):
            self._schema = shape.schema
        else:
            self._schema = schema_of(shape.described(refer))
        named = any(part.by_name for part in parts)
        head = bytes([FORMAT]) + self._schema.fingerprint if named and not is_key else b""
        super().__init__(shape, head)
        self.immutable = all(part.fixed for part in parts)
        self.is_key = is_key
        self._schemas = (
            self._schema,
            *sorted(nested - {self._schema}, key=attrgetter("fingerprint")),
        )
        SCHEMAS.add(self._schemas)
        self._resolving = Resolving(SCHEMAS)
        self._others: dict[bytes, _Written | Unlike] = {}

    @property
    def schema(self) -> Schema:
        return self._schema

    def schemas(self) -> tuple[Schema, ...]:
        return self._schemas if self.head or self.is_key else ()

    def check(self, written: Schema) -> None:
        if self.is_key:
            return check_key(written, self._schema)
        if not self.head or not is_named(written.described):
            return super().check(written)
        self._reader(bytes([FORMAT]) + written.fingerprint)
        return None

    def reads_plainly(self, written: Schema) -> bool:
        """Whether bytes without names, which tell no schema, mean the same when they are read as its own."""
        if self.head or not _is_plain(written.described) or not _is_plain(self._schema.described):
            return False
        try:
            self._resolving(written.reference, self.shape)
        except CodecError:
            return False
        return True

    def _decode_others(
        self, column: Sequence[bytes | None], decode: Callable[[bytes], Any]
    ) -> list[Any]:
        heads = {data and data[:HEAD_BYTES] for data in column} if self.head else set()
        if len(heads) == 1 and heads != {self.head} and None not in heads:
            return self._reader(heads.pop() or b"").decode_all(column)
        return super()._decode_others(column, decode)

    def _decode(self, data: bytes) -> Any:
        if data.startswith(self.head):
            return super()._decode(data)
        return self._reader(data[:HEAD_BYTES]).decode(data)

    def _reader(self, head: bytes) -> Codec[Any]:
        """The codec that reads what begins so; CodecError if it is not to be read."""
        if head == self.head:
            return self
        found = self._others.get(head)
        if found is None:
            found = self._others[head] = self._resolved(head)
        if isinstance(found, Unlike):
            raise CodecError(str(found))
        return found

    def _resolved(self, head: bytes) -> _Written | Unlike:
        if head[:1] == bytes([FORMAT_BEFORE]):
            raise CodecError(f"{self.name}: written by release 0.1, whose classes had no names")
        if head[:1] != bytes([FORMAT]) or len(head) != HEAD_BYTES:
            raise CodecError(f"{self.name}: {_stranger(head)}")
        written = self._resolving.schema(head[1:])
        try:
            return _Written(self._resolving(written.reference, self.shape), head)
        except Unlike as error:
            return error


def _stranger(head: bytes) -> str:
    """Why bytes that begin so are none of a class, and what to do."""
    if not head:
        return (
            "there are no bytes, which is no value of a class; a null is None where it is sent, and bytes that "
            "may be empty are read with `value=bytes` or `value=str`"
        )
    return (
        f"no value of a class as a streamz program writes it, it begins with {shown(head)}; probably another "
        "program wrote it: say in which form with `value=`, such as json_of(...) for JSON, str or bytes"
    )


def _is_plain(tp: Described) -> bool:
    """Whether all of it is known by its bytes alone: neither a class nor a union that names its options."""
    if isinstance(tp, str):
        return True
    kind, *parts = tp
    return kind != "tagged" and not is_named(tp) and all(map(_is_plain, parts))
