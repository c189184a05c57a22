"""Codecs of attrs classes: one version byte, then a msgpack array of the fields in their order.

Compatible without a word: a field added at the end with a default, and a removed last field.
Nested, a class is an array whose first item is the version.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from itertools import product, repeat
from operator import attrgetter, itemgetter
from typing import Any, Final

import attrs

from streamz_core.codecs.codec import Codec
from streamz_core.codecs.packing import (
    REFUSALS,
    SMALL_BYTES,
    mismatch,
    pack,
    pack_checked,
    shown,
    unpack,
    unpack_small,
)
from streamz_core.codecs.shapes import Shape
from streamz_core.errors import CodecError

VERSION: Final = 1
_HEAD = bytes([VERSION])
_ROW_TYPES_MAX = 64


class ClassShape(Shape):
    """An attrs class. Its fields are looked at once, at the first use: a class may hold itself."""

    def __init__(self, cls: type, shapes: Callable[[], list[Shape]], *, immutable: bool) -> None:
        self.cls = cls
        self.name = cls.__name__
        self.immutable = immutable
        self.fields = tuple(a for a in attrs.fields(cls) if a.init)
        self._find_shapes = shapes
        self._shapes: list[Shape] | None = None

    @property
    def shapes(self) -> list[Shape]:
        """The shapes of the fields that the constructor takes, in the order of definition."""
        if self._shapes is None:
            self._shapes = self._find_shapes()
        return self._shapes

    def to_plain(self, value: Any) -> Any:
        return [VERSION, *self.to_row(value)]

    def from_plain(self, plain: Any) -> Any:
        if type(plain) is not list or not plain:
            raise mismatch(self.name, plain)
        check_version(self.name, plain[0])
        return self.from_row(plain[1:])

    def to_row(self, value: Any) -> list[Any]:
        """The plain forms of all fields; CodecError naming the first that is of a wrong type."""
        if type(value) is not self.cls:
            raise mismatch(self.name, value)
        return [
            self._of_field(field, shape.to_plain, getattr(value, field.name))
            for field, shape in zip(self.fields, self.shapes, strict=True)
        ]

    def from_row(self, row: Any) -> Any:
        """An instance, by the constructor; what the row lacks at its end takes its default."""
        if type(row) is not list:
            raise mismatch(f"{self.name} as an array", row)
        arguments = {
            field.alias: self._of_field(field, shape.from_plain, plain)
            for field, shape, plain in zip(self.fields, self.shapes, row, strict=False)
        }
        for field in self.fields[len(row) :]:
            if field.default is attrs.NOTHING:
                raise CodecError(f"{self.name}.{field.name} is not in the bytes and has no default")
        try:
            return self.cls(**arguments)
        except CodecError:
            raise
        except (TypeError, ValueError) as error:
            raise CodecError(f"{self.name}: refused by its constructor: {error}") from error

    def _of_field(self, field: attrs.Attribute[Any], convert: Callable[[Any], Any], x: Any) -> Any:
        try:
            return convert(x)
        except CodecError as error:
            raise CodecError(f"{self.name}.{field.name}: {error}") from error


class ClassCodec(Codec[Any]):
    """An attrs class by itself.

    Classes whose fields are all plain (Shape.exact) take a faster way: types are checked by row or
    by column, and slots are filled without `__init__` where it would do nothing else. Whatever is
    not exactly as expected goes the slow way, which says what is wrong.
    """

    def __init__(self, shape: ClassShape) -> None:
        self.shape = shape
        self.name = f"attrs {shape.name} v{VERSION}"
        self.immutable = shape.immutable
        self._fast: _FastWay | None = None
        self._looked = False

    def encode(self, value: Any) -> bytes:
        fast = self._fast or self._look()
        if fast is not None and type(value) is fast.cls:
            row = fast.take(value)
            if tuple(map(type, row)) in fast.row_types:
                return _HEAD + pack(row)
        return _HEAD + pack(self.shape.to_row(value))

    def decode(self, data: bytes) -> Any:
        if data[:1] != _HEAD:
            check_version(self.shape.name, data[0] if data else None)
        row = unpack(data[1:])
        fast = self._fast or self._look()
        if (
            fast is not None
            and fast.setters is not None
            and type(row) is list
            and tuple(map(type, row)) in fast.row_types
        ):
            made: Any = object.__new__(fast.cls)
            for setter, part in zip(fast.setters, row, strict=True):
                setter(made, part)
            return made
        return self.shape.from_row(row)

    def encode_all(self, values: Sequence[Any]) -> list[bytes | None]:
        fast = self._fast or self._look()
        if fast is not None and set(map(type, values)) == {fast.cls}:
            rows = list(map(fast.take, values))
            if fast.fits(zip(*rows, strict=True)):
                with suppress(*REFUSALS):  # one of them; which, is said below
                    return [_HEAD + packed for packed in map(pack_checked, rows)]
        return super().encode_all(values)

    def decode_all(self, column: Sequence[bytes | None]) -> list[Any]:
        fast = self._fast or self._look()
        if fast is not None and fast.setters is not None:
            rows: list[Any] = []
            with suppress(*REFUSALS, IndexError):  # one of them; which, is said below
                rows = _small_rows(column)
            made = fast.make(rows)
            if made is not None:
                return made
        return super().decode_all(column)

    def _look(self) -> _FastWay | None:
        if not self._looked:
            self._fast = _FastWay.of(self.shape)
            self._looked = True
        return self._fast


class _FastWay:
    """What is known about a class all of whose fields are plain."""

    def __init__(self, shape: ClassShape) -> None:
        self.cls = shape.cls
        self.take = _row_getter([field.name for field in shape.fields])
        self.types = [field.exact for field in shape.shapes]
        self.row_types = frozenset(product(*self.types))
        self.setters = _slot_setters(shape.cls)

    @classmethod
    def of(cls, shape: ClassShape) -> _FastWay | None:
        """None for a class with other fields, or with too many that may be of several types."""
        count = 1
        for field in shape.shapes:
            count *= len(field.exact)
        return cls(shape) if shape.fields and 0 < count <= _ROW_TYPES_MAX else None

    def fits(self, columns: Iterable[Sequence[Any]]) -> bool:
        """Whether every value of every column is of a type of its field."""
        pairs = zip(columns, self.types, strict=True)
        return all(set(map(type, column)) <= types for column, types in pairs)

    def make(self, rows: list[Any]) -> list[Any] | None:
        """Instances of all rows, as the constructor would make them; None if a row differs."""
        if self.setters is None or set(map(type, rows)) != {list}:
            return None
        if set(map(len, rows)) != {len(self.types)}:
            return None
        columns = list(zip(*rows, strict=True))
        if not self.fits(columns):
            return None
        made: list[Any] = list(map(object.__new__, repeat(self.cls, len(rows))))
        for setter, column in zip(self.setters, columns, strict=True):
            deque(map(setter, made, column), maxlen=0)
        return made


def _small_rows(column: Sequence[bytes | None]) -> list[Any]:
    """The unpacked rows of a column without nulls; one of REFUSALS, or IndexError, if it is not."""
    if set(map(itemgetter(0), column)) != {VERSION} or max(map(len, column)) > SMALL_BYTES:  # type: ignore[arg-type]  # None raises TypeError
        return []
    return [unpack_small(data[1:]) for data in column]  # type: ignore[index]  # as above


def check_version(name: str, found: object) -> None:
    """CodecError unless the bytes were written by a version that this program reads."""
    if found != VERSION or type(found) is not int:
        raise CodecError(f"{name}: written as version {shown(found)}; known is {VERSION}")


def _row_getter(names: list[str]) -> Callable[[Any], tuple[Any, ...]]:
    if len(names) == 1:
        one = attrgetter(names[0])
        return lambda value: (one(value),)
    return attrgetter(*names)


def _slot_setters(cls: type) -> list[Callable[[Any, Any], None]] | None:
    """What fills an instance as the constructor would; None if the constructor does more.

    Validators, converters, `__attrs_post_init__` and the like are never gone around.
    """
    fields = attrs.fields(cls)
    hooks = ("__attrs_pre_init__", "__attrs_post_init__", "__attrs_init__", "_attrs_cached_hash")
    if (
        any(not f.init or f.validator is not None or f.converter is not None for f in fields)
        or any(hasattr(cls, hook) for hook in hooks)
        or not _init_is_of_attrs(cls)
        or not (is_frozen(cls) or _sets_plainly(cls))
        or getattr(cls, "__new__", None) is not object.__new__
        or issubclass(cls, BaseException)
    ):
        return None
    slots: list[Any] = [getattr(cls, field.name, None) for field in fields]
    if any(type(slot).__name__ != "member_descriptor" for slot in slots):
        return None
    return [slot.__set__ for slot in slots]


def _init_is_of_attrs(cls: type) -> bool:
    code = getattr(getattr(cls, "__init__", None), "__code__", None)
    return code is not None and code.co_filename.startswith("<attrs generated")


def is_frozen(cls: type) -> bool:
    """Whether attrs made the instances of a class refuse assignment."""
    return getattr(getattr(cls, "__setattr__", None), "__name__", "") == "_frozen_setattrs"


def _sets_plainly(cls: type) -> bool:
    own: object = cls.__setattr__
    return own is object.__setattr__ or getattr(cls, "__attrs_own_setattr__", False)
