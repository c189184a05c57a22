"""Types with one plain form: what msgpack knows by itself, and what is written as one of these."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from streamz_core.codecs.free import canonical, free_parts, free_plain, free_value
from streamz_core.codecs.packing import SCALARS, Extension, exact_float, mismatch, shown
from streamz_core.codecs.schemas import Described
from streamz_core.codecs.shapes.shape import Reading, Refer, Shape
from streamz_core.codecs.text import Text, Way, refuse
from streamz_core.errors import CodecError


class Scalar(Shape):
    """None, bool, int, str or bytes."""

    def __init__(self, kind: type) -> None:
        self.name = self.tag = "None" if kind is type(None) else kind.__name__
        self.exact = self.types = self.plains = frozenset({kind})

    def to_plain(self, value: Any, /) -> Any:
        if type(value) not in self.exact:
            raise mismatch(self.name, value)
        return value

    from_plain = to_plain

    def described(self, _: Refer) -> Described:
        return self.name

    def lines(self, text: Text, _: Way, name: str) -> list[str]:
        return [refuse(text.is_none_of(self.exact, name))]


class Float(Shape):
    """A float; an int is taken as its float, if it has one."""

    name = tag = "float"
    types = plains = exact = frozenset({float})

    def to_plain(self, value: Any, /) -> Any:
        if type(value) is int:
            return exact_float(value)
        if type(value) is not float:
            raise mismatch(self.name, value)
        return value

    from_plain = to_plain

    def described(self, _: Refer) -> Described:
        return self.name

    def reading(self, written: Described, reading: Reading) -> Shape:
        return Widened() if written == "int" else super().reading(written, reading)

    def lines(self, text: Text, way: Way, name: str) -> list[str]:
        return [f"if type({name}) is not float: {name} = {self.itself(text, way)}({name})"]


class Widened(Float):
    """A float that was written as an int."""

    plains = frozenset({int})
    exact = frozenset()

    def from_plain(self, plain: Any, /) -> Any:
        if type(plain) is not int:
            raise mismatch("int", plain)
        return exact_float(plain)

    def lines(self, text: Text, way: Way, name: str) -> list[str]:
        return [f"{name} = {self.itself(text, way)}({name})"]


class KeyFloat(Float):
    """A float as a key: 0.0 and -0.0 are one, and so are all NaN."""

    exact = frozenset()

    def to_plain(self, value: Any, /) -> Any:
        return canonical(super().to_plain(value))

    def lines(self, text: Text, way: Way, name: str) -> list[str]:
        return [f"{name} = {self.itself(text, way)}({name})"]


class Free(Shape):
    """Whatever the self-describing codec takes; `is_key` if as a key."""

    name = tag = "Any"
    plains = SCALARS | {list, dict, Extension}
    fixed = False

    def __init__(self, *, is_key: bool = False) -> None:
        self._is_key = is_key

    def to_plain(self, value: Any, /) -> Any:
        return free_plain(value, is_key=self._is_key)

    def from_plain(self, plain: Any, /) -> Any:
        return free_value(plain)

    def parts_of(self, value: Any, /) -> Iterable[tuple[str, Shape, Any]]:
        return ((step, self, item) for step, item in free_parts(value))

    def described(self, _: Refer) -> Described:
        return self.name

    def reading(self, written: Described, reading: Reading) -> Shape:
        return self if _is_free(written) else super().reading(written, reading)

    def lines(self, text: Text, way: Way, name: str) -> list[str]:
        if self._is_key:
            return super().lines(text, way, name)
        return [f"if {text.is_none_of(SCALARS, name)}: {name} = {self.itself(text, way)}({name})"]


def _is_free(written: Described) -> bool:
    """Whether it looks as the self-describing codec writes it."""
    if isinstance(written, str):
        return written in {"None", "bool", "int", "float", "str", "bytes", "Any"}
    kind, *parts = written
    if kind == "dict":
        return parts[0] in {"str", "bytes"} and _is_free(parts[1])
    return kind in {"list", "union"} and all(map(_is_free, parts))


class Converted(Shape):
    """A type with one plain form: a datetime as ISO text, a UUID as bytes, and so on."""

    def __init__(
        self, kind: type, plain: Shape, down: Callable[[Any], Any], up: Callable[[Any], Any]
    ) -> None:
        self.kind = kind
        self.name = self.tag = kind.__name__
        self.types = frozenset({kind})
        self.plains = plain.plains
        self._plain, self._down, self._up = plain, down, up

    def to_plain(self, value: Any, /) -> Any:
        if type(value) is not self.kind:
            raise mismatch(self.name, value)
        return self._plain.to_plain(self._down(value))

    def from_plain(self, plain: Any, /) -> Any:
        try:
            return self._up(self._plain.from_plain(plain))
        except (ValueError, ArithmeticError) as error:
            raise CodecError(f"expected {self.name}, got {shown(plain)}") from error

    def described(self, _: Refer) -> Described:
        return self.name

    def lines(self, text: Text, way: Way, name: str) -> list[str]:
        inner = self._plain.lines(text, way, name)
        if way == "from_plain":
            return [*inner, f"{name} = {text.constant('up', self._up)}({name})"]
        return [
            refuse(f"type({name}) is not {text.constant(self.name, self.kind)}"),
            f"{name} = {text.constant('down', self._down)}({name})",
            *inner,
        ]


class Span(Shape):
    """A timedelta: days, seconds, microseconds."""

    name = tag = "timedelta"
    types = frozenset({timedelta})
    plains = frozenset({list})

    def to_plain(self, value: Any, /) -> Any:
        if type(value) is not timedelta:
            raise mismatch(self.name, value)
        return [value.days, value.seconds, value.microseconds]

    def from_plain(self, plain: Any, /) -> Any:
        if type(plain) is not list or list(map(type, plain)) != [int, int, int]:
            raise mismatch("timedelta as days, seconds, microseconds", plain)
        try:
            return timedelta(*plain)
        except OverflowError as error:
            raise CodecError(f"expected {self.name}, got {shown(plain)}") from error

    def described(self, _: Refer) -> Described:
        return self.name


def _aware(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise CodecError(f"{moment!r} has no time zone; only aware datetimes mean one moment")
    return moment


def _utc_text(moment: datetime) -> str:
    try:
        return _aware(moment).astimezone(UTC).isoformat()
    except OverflowError as error:
        raise CodecError(f"{moment!r} is outside of the years 1 to 9999 in UTC") from error


def _normal_text(number: Decimal) -> str:
    # Not Decimal.normalize: it rounds to the precision of the context.
    sign, digits, exponent = number.as_tuple()
    if not isinstance(exponent, int):
        raise CodecError(f"{number!r} cannot be a key: a Decimal that is one is finite")
    if not number:
        return "0"
    kept = len(digits)
    while digits[kept - 1] == 0:
        kept -= 1
    return str(Decimal((sign, digits[:kept], exponent + len(digits) - kept)))


_TEXT = Scalar(str)
_WHOLE_DIGITS = 40  # so many a whole number has at most to come back without an exponent


class DecimalKey(Converted):
    """A Decimal as a key: equal ones are one, so it is written without the zeros at its end.

    What comes back is equal to what was given, but not always as it was spelt: 1.50 comes as 1.5, and 100 as
    100 (not as 1E+2, which is how it is written), as a person would write it. Whoever wants to see "1.50"
    again keeps it in the value, or takes text as the key. NaN and infinities are refused: they are no keys.
    """

    def __init__(self) -> None:
        super().__init__(Decimal, _TEXT, _normal_text, _spelt_out)


def _spelt_out(text: str) -> Decimal:
    number = Decimal(text)
    sign, digits, exponent = number.as_tuple()
    if not isinstance(exponent, int) or not 0 < exponent <= _WHOLE_DIGITS - len(digits):
        return number
    return Decimal((sign, (*digits, *[0] * exponent), 0))


_BY_KIND: tuple[Shape, ...] = (
    *(Scalar(kind) for kind in sorted(SCALARS - {float}, key=str)),
    Converted(date, _TEXT, date.isoformat, date.fromisoformat),
    Converted(UUID, Scalar(bytes), lambda value: value.bytes, lambda data: UUID(bytes=data)),
    Span(),
)


def _moment(text: str) -> datetime:
    return _aware(datetime.fromisoformat(text))


def _rows(*shapes: Shape) -> dict[Any, Shape]:
    return {kind: shape for shape in (*_BY_KIND, *shapes) for kind in shape.types}


_FREE, _FREE_KEY = Free(), Free(is_key=True)
VALUES: dict[Any, Shape] = {
    **_rows(
        Float(),
        Converted(datetime, _TEXT, lambda moment: _aware(moment).isoformat(), _moment),
        Converted(Decimal, _TEXT, str, Decimal),
    ),
    None: _BY_KIND[0],
    Any: _FREE,
    object: _FREE,
}
KEYS: dict[Any, Shape] = {
    **_rows(
        KeyFloat(),
        Converted(datetime, _TEXT, _utc_text, _moment),
        DecimalKey(),
    ),
    None: _BY_KIND[0],
    Any: _FREE_KEY,
    object: _FREE_KEY,
}
"""As VALUES, with one form for equal values."""
