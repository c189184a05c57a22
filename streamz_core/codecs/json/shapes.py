"""How values of types look in JSON, where msgpack has them otherwise: one class a kind of type."""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta
from decimal import Decimal
from math import isfinite
from typing import Any, Final
from uuid import UUID

from streamz_core.codecs.classes.families import Family, Member
from streamz_core.codecs.classes.perhaps import ABSENT
from streamz_core.codecs.classes.shape import ClassShape, of_field
from streamz_core.codecs.free import DEPTH_MAX, canonical
from streamz_core.codecs.json.text import Number, dumps_plainly, loads_exactly
from streamz_core.codecs.packing import Misplaced, mismatch, shown
from streamz_core.codecs.shapes.containers import DictOf
from streamz_core.codecs.shapes.scalars import Converted, Float, Free, Scalar
from streamz_core.codecs.shapes.shape import Shape, at
from streamz_core.codecs.shapes.unions import Either, either
from streamz_core.codecs.text import Text, Way, indented, refuse
from streamz_core.errors import CodecError, Misuse

_TEXT: Final = Scalar(str)
_NONE: Final = type(None)


class JsonFloat(Float):
    """A float that is finite: JSON has no others. As a key 0.0 and -0.0 are one."""

    exact = frozenset()

    def __init__(self, *, is_key: bool = False) -> None:
        self._is_key = is_key

    def to_plain(self, value: Any, /) -> Any:
        number = super().to_plain(value)
        if not isfinite(number):
            raise CodecError(f"JSON has no number for {number!r}")
        return canonical(number) if self._is_key else number

    def from_plain(self, plain: Any, /) -> Any:
        if type(plain) is not int and type(plain) is not Number:
            return self.to_plain(plain)
        try:
            return self.to_plain(float(plain))  # the nearest, as of every number that is read
        except OverflowError as error:
            raise CodecError(f"{shown(plain)} is too large for a float") from error

    def lines(self, text: Text, way: Way, name: str) -> list[str]:
        differs = f"type({name}) is not float or not {text.constant('isfinite', isfinite)}({name})"
        if self._is_key and way == "to_plain":
            differs = "True"
        return [f"if {differs}: {name} = {self.itself(text, way)}({name})"]


class JsonDecimal(Converted):
    """A Decimal as text; a number is read as well, with the digits that were written."""

    def __init__(self, as_text: Converted) -> None:
        super().__init__(Decimal, _TEXT, as_text._down, as_text._up)

    def from_plain(self, plain: Any, /) -> Any:
        if type(plain) is int or type(plain) is Number:
            return super().from_plain(plain.text if type(plain) is Number else str(plain))
        return super().from_plain(plain)


class JsonSpan(Shape):
    """A timedelta as a number of seconds; CodecError for one so long that its microseconds would be lost."""

    name = tag = "timedelta"
    types = frozenset({timedelta})
    plains = frozenset({int, float})

    def to_plain(self, value: Any, /) -> Any:
        if type(value) is not timedelta:
            raise mismatch(self.name, value)
        seconds = value.total_seconds()
        try:
            if timedelta(seconds=seconds) == value:
                return seconds
        except OverflowError:
            pass  # the longest there are: the number is rounded beyond them
        raise CodecError(f"{value!r} has microseconds that no number of seconds can tell")

    def from_plain(self, plain: Any, /) -> Any:
        if type(plain) not in {int, float, Number}:
            raise mismatch("timedelta as a number of seconds", plain)
        try:
            return timedelta(seconds=plain)
        except OverflowError as error:
            raise CodecError(f"expected {self.name}, got {shown(plain)}") from error

    def described(self, _: Any) -> Any:
        return self.name


class JsonFree(Free):
    """What JSON knows by itself, as it is."""

    plains = frozenset({_NONE, bool, int, float, str, list, dict})

    def to_plain(self, value: Any, /) -> Any:
        return _known(value)

    def from_plain(self, plain: Any, /) -> Any:
        return _known(plain)

    def lines(self, text: Text, way: Way, name: str) -> list[str]:
        return Shape.lines(self, text, way, name)


def _known(value: Any, depth: int = 0) -> Any:
    kind = type(value)
    if value is None or kind in {bool, int, str}:
        return value
    if kind is float or kind is Number:
        return _FINITE.from_plain(value)
    if depth > DEPTH_MAX:
        raise CodecError(f"nested deeper than {DEPTH_MAX}")
    if kind is list:
        return [_known(item, depth + 1) for item in value]
    if kind is dict and all(type(key) is str for key in value):
        return {key: _known(item, depth + 1) for key, item in value.items()}
    raise mismatch("what JSON knows: None, bool, int, float, str, list, dict with str keys", value)


_FINITE: Final = JsonFloat()


class JsonDict(DictOf):
    """dict[K, V] as an object. Keys that are no text are written as theirs: 5 as "5"."""

    plains = frozenset({dict})

    def __init__(self, key: Shape, value: Shape) -> None:
        super().__init__(key, value)
        if str in key.plains and len(key.plains) > 1:
            raise Misuse(
                f"no JSON for keys of {key.name} in a dict: some are text, and others would be written as text"
            )
        self._of_text = str in key.plains
        self.plains = frozenset({dict})

    def to_plain(self, value: Any, /) -> Any:
        if type(value) is not dict:
            raise mismatch(self.name, value)
        items: dict[Any, Any] = value
        return {
            self._text(at(key, self.key.to_plain, key)): at(key, self.value.to_plain, item)
            for key, item in items.items()
        }

    def from_plain(self, plain: Any, /) -> Any:
        if type(plain) is not dict:
            raise mismatch(self.name, plain)
        texts: dict[str, Any] = plain
        return {
            at(text, self._key, text): at(text, self.value.from_plain, item)
            for text, item in texts.items()
        }

    def _text(self, plain: Any) -> str:
        return plain if self._of_text else dumps_plainly(plain).decode()

    def _key(self, text: str) -> Any:
        return self.key.from_plain(text if self._of_text else loads_exactly(text.encode()))

    def lines(self, text: Text, way: Way, name: str) -> list[str]:
        return Shape.lines(self, text, way, name)


class JsonEither(Either):
    """`T | None`, `int | str`, `Click | View`: told apart by what JSON has for them, classes by the names of their fields."""

    def __init__(self, found: Either) -> None:
        super().__init__(found.options, tagged=False)
        _tell_apart(self.parts)
        self._classes = [option for option in self.parts if isinstance(option, JsonClass)]

    def from_plain(self, plain: Any, /) -> Any:
        if type(plain) is dict and len(self._classes) > 1:
            # Nobody wrote which of them it is; a field may have been left out, or be new.
            found = min(self._classes, key=lambda option: option.distance(plain))
            try:
                return found.from_plain(plain)
            except Misplaced as error:
                raise error.under(found.name) from error
        if type(plain) is Number and float in self._by_plain:
            plain = float(plain)
        return super().from_plain(plain)

    def lines(self, text: Text, way: Way, name: str) -> list[str]:
        others = [option for option in self.parts if _NONE not in option.types]
        if self.exact or len(others) > 1 or len(others) == len(self.parts):
            return Shape.lines(self, text, way, name)
        return [f"if {name} is not None:", *indented(others[0].lines(text, way, name))]


def json_either(options: Iterable[Shape]) -> Shape:
    """The shape of a union; Misuse if JSON has the same for values of two of its types."""
    found = either(options)
    return JsonEither(found) if isinstance(found, Either) else found


def _tell_apart(options: Sequence[Shape]) -> None:
    for index, one in enumerate(options):
        for other in options[:index]:
            if not one.plains & other.plains:
                continue
            why = "JSON has the same for both"
            if isinstance(one, JsonClass) and isinstance(other, JsonClass):
                if one.names != other.names:
                    continue
                why = "their fields have the same names"
            raise Misuse(
                f"no JSON for the union of {other.name} and {one.name}: {why}; put them into a class, one "
                "field for each"
            )


class JsonClass(ClassShape):
    """A class as an object of its fields, by name.

    `ignore`: fields of other names are left out when it is read; else they are refused.
    """

    def __init__(
        self, name: str, family: Family, members: Sequence[Member], *, ignore: bool
    ) -> None:
        super().__init__(name, family, members)
        self.plains = frozenset({dict})
        self.ignore = ignore
        self.names = frozenset(member.name for member in members)

    def distance(self, plain: dict[str, Any]) -> int:
        """How little an object looks like this class."""
        return len(plain.keys() ^ self.names)

    def find(self, shape_of: Callable[[Member], Shape]) -> None:
        self.parts = tuple(shape_of(member) for member in self.members)

    def to_plain(self, value: Any, /) -> Any:
        self.check(value)
        plain = {}
        for member, shape in zip(self.members, self.parts, strict=True):
            found = self.family.read(value, member)
            if found is not ABSENT or not member.may_lack:
                plain[member.name] = of_field(member, shape.to_plain, found)
        return plain

    def from_plain(self, plain: Any, /) -> Any:
        if type(plain) is not dict:
            raise mismatch(f"{self.name} as an object", plain)
        found: dict[str, Any] = plain
        unknown = found.keys() - self.names
        if unknown and not self.ignore:
            raise CodecError(
                f"{self.name} has no field {shown(min(unknown))}{_near(unknown, self.names)}"
            )
        values = {
            member: of_field(member, shape.from_plain, found[member.name])
            for member, shape in zip(self.members, self.parts, strict=True)
            if member.name in found
        }
        return self.make(values)

    def body(self, text: Text, way: Way, give: str) -> list[str]:
        if any(member.may_lack for member in self.members):
            return [f"value = {self.itself(text, way)}(value)", give.format("value")]
        return self._reading(text, give) if way == "from_plain" else self._writing(text, give)

    def _writing(self, text: Text, give: str) -> list[str]:
        kind = self.family.value_type
        lines = [refuse(f"type(value) is not {text.constant(kind.__name__, kind)}")]
        lines += self.family.opening(text)
        fields = []
        for member, shape in zip(self.members, self.parts, strict=True):
            name = text.fresh(member.name)
            lines += [f"{name} = {self.family.reading(text, member)}"]
            lines += shape.lines(text, "to_plain", name)
            fields.append(f"{member.name!r}: {name}")
        # Not give.format: the braces are those of a dict.
        return [*lines, f"made = {{{', '.join(fields)}}}", give.format("made")]

    def _reading(self, text: Text, give: str) -> list[str]:
        names = {member: text.fresh(member.name) for member in self.members}
        lines = [refuse("type(value) is not dict")]
        if not self.ignore:
            lines += [refuse(f"len(value) != {len(names)}")]
        absent = text.constant(
            "ABSENT", ABSENT
        )  # which no shape takes: then it is looked at slowly
        lines += [
            f"{name} = value.get({member.name!r}, {absent})" for member, name in names.items()
        ]
        for (_, name), shape in zip(names.items(), self.parts, strict=True):
            lines += shape.lines(text, "from_plain", name)
        return [*lines, *self.family.making(text, names, give, whole=True)]


def _near(unknown: Iterable[str], names: Iterable[str]) -> str:
    from difflib import get_close_matches

    near = get_close_matches(min(unknown), list(names), n=1)
    return f" (did you mean {near[0]}?)" if near else f" (it has {', '.join(sorted(names))})"


def _bytes_of(text: str) -> bytes:
    return b64decode(text, validate=True)


BYTES: Final = Converted(bytes, _TEXT, lambda data: b64encode(data).decode(), _bytes_of)
UUID_TEXT: Final = Converted(UUID, _TEXT, str, UUID)
