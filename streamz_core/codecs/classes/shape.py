"""How instances of classes look in msgpack: an array of the fields, in the order of definition."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from copy import deepcopy
from functools import cached_property
from typing import Any

from streamz_core.codecs.classes.again import compared, is_compared
from streamz_core.codecs.classes.families import Family, Member
from streamz_core.codecs.classes.groups import schemas_of
from streamz_core.codecs.classes.perhaps import ABSENT, Perhaps
from streamz_core.codecs.classes.upgrades import Upgrade, upgrades_of
from streamz_core.codecs.packing import Misplaced, mismatch, shown, within
from streamz_core.codecs.schemas import Described, Schema
from streamz_core.codecs.shapes.shape import Reading, Refer, Shape, Unlike
from streamz_core.codecs.text import Text, Way, refuse, tuple_of
from streamz_core.errors import CodecError

Entries = Sequence[tuple[Member, Shape] | None]
"""The items of a row, in the order in which they are written; None is for nobody."""


class Row(Shape):
    """Instances of a class of arrays that hold these entries; the rest takes its default."""

    def __init__(self, name: str, family: Family, members: Sequence[Member]) -> None:
        self.name = self.tag = name
        self.family = family
        self.members = members
        self.types = frozenset({family.value_type})
        self.plains = frozenset({list})
        self.entries: Entries = ()

    def to_plain(self, value: Any, /) -> Any:
        raise mismatch(f"{self.name} to be read only", value)

    def described(self, refer: Refer) -> Described:
        return refer(self)

    def from_plain(self, plain: Any, /) -> Any:
        if type(plain) is not list or len(plain) != len(self.entries):
            raise mismatch(f"{self.name} as an array of {len(self.entries)}", plain)
        values = {}
        for entry, item in zip(self.entries, plain, strict=True):
            if entry is not None:
                values[entry[0]] = of_field(entry[0], entry[1].from_plain, item)
        return self.make(values)

    def make(self, values: Mapping[Member, Any]) -> Any:
        """An instance, by its constructor; CodecError if that refuses, or a field is missing."""
        for member in self.members:
            if member not in values and not member.has_default:
                raise Unlike(f"{self.name}.{member.name} is not there and has no default")
        lacking = (member for member in self.members if member.shared is not None)
        own = {each: deepcopy(each.shared) for each in lacking if each not in values}
        try:
            return self.family.make({**values, **own})
        except CodecError:
            raise
        except (TypeError, ValueError) as error:
            raise CodecError(f"{self.name}: refused by its constructor: {error}") from error

    def lines(self, text: Text, way: Way, name: str) -> list[str]:
        return [f"{name} = {text.function(way, self)}({name})"]

    def body(self, text: Text, way: Way, give: str) -> list[str]:
        if way == "to_plain":
            return super().body(text, way, give)
        names = [text.fresh(entry[0].name if entry else "gone") for entry in self.entries]
        lines = [refuse("type(value) is not list"), f"[{', '.join(names)}] = value"]
        made = {}
        for entry, name in zip(self.entries, names, strict=True):
            if entry is not None:
                lines += entry[1].lines(text, way, name)
                made[entry[0]] = name
        for member in self.members:
            if member not in made and member.shared is not None:
                made[member] = text.fresh(member.name)
                copy, default = (
                    text.constant("copy", deepcopy),
                    text.constant("default", member.shared),
                )
                lines.append(f"{made[member]} = {copy}({default})")
        in_order = {member: made[member] for member in self.members if member in made}
        whole = len(in_order) == len(self.members)
        return [*lines, *self.family.making(text, in_order, give, whole=whole)]


class ClassShape(Row):
    """A class as it is now. Its fields are looked at once, by `find`: a class may hold itself."""

    by_name = True

    def __init__(self, name: str, family: Family, members: Sequence[Member]) -> None:
        super().__init__(name, family, members)
        self.fixed = family.is_frozen

    def find(self, shape_of: Callable[[Member], Shape]) -> None:
        """Look at the fields."""
        shapes = []
        for member in self.members:
            shape = shape_of(member)
            shapes.append(Perhaps(shape) if member.may_lack else shape)
        self.parts = tuple(shapes)
        self.entries = list(zip(self.members, shapes, strict=True))

    @cached_property
    def schema(self) -> Schema:
        """Its own schema."""
        return schemas_of(self)[self]

    def make(self, values: Mapping[Member, Any]) -> Any:
        return compared(self, values) if is_compared(self) else super().make(values)

    def described_fields(self, refer: Refer) -> Described:
        """Names and types of its fields, in their order."""
        pairs = zip(self.members, self.parts, strict=True)
        return tuple((member.name, shape.described(refer)) for member, shape in pairs)

    def check(self, value: Any) -> None:
        """CodecError unless it is an instance, whatever its fields hold."""
        if type(value) is not self.family.value_type:
            raise mismatch(self.name, value)
        odd = self.family.odd(value)
        if odd:
            raise CodecError(f"expected {self.name}, {odd}: {shown(value)}")

    def to_plain(self, value: Any, /) -> Any:
        self.check(value)
        return [
            of_field(member, shape.to_plain, self.family.read(value, member))
            for member, shape in zip(self.members, self.parts, strict=True)
        ]

    def parts_of(self, value: Any, /) -> Iterable[tuple[str, Shape, Any]]:
        for member, shape in zip(self.members, self.parts, strict=True):
            yield f".{member.name}", shape, self.family.read(value, member)

    def body(self, text: Text, way: Way, give: str) -> list[str]:
        if way == "from_plain":
            return super().body(text, way, give)
        kind = self.family.value_type
        lines = [refuse(f"type(value) is not {text.constant(kind.__name__, kind)}")]
        lines += self.family.opening(text)
        names = [text.fresh(member.name) for member in self.members]
        for name, member, shape in zip(names, self.members, self.parts, strict=True):
            lines += [f"{name} = {self.family.reading(text, member)}"]
            lines += shape.lines(text, way, name)
        return [*lines, give.format(tuple_of(names))]

    def reading(self, written: Described, reading: Reading) -> Shape:
        if written[0] != "class":
            raise self.unlike(written)
        fingerprint = written[2]
        if (fingerprint, self) not in reading.made:
            schema = reading.schema(fingerprint)
            upgrade = upgrades_of(self.family.cls).get(schema.layout)
            if upgrade is not None:
                return Upgraded(self, schema, upgrade, reading)
            if schema.name != self.name:
                raise Unlike(self.unlike(written).what, _hint(self, schema))
            row = reading.made[fingerprint, self] = Row(self.name, self.family, self.members)
            row.entries = self._entries(schema, reading)
        return reading.made[fingerprint, self]

    def _entries(self, schema: Schema, reading: Reading) -> Entries:
        """The fields as they were written, matched by name."""
        ours = {
            member.name: (member, shape)
            for member, shape in zip(self.members, self.parts, strict=True)
        }
        entries: list[tuple[Member, Shape] | None] = []
        for name, tp in schema.fields:
            member, shape = ours.pop(name, (None, None))
            if member is None or shape is None:
                entries.append(None)
                continue
            try:
                entries.append((member, reading(tp, shape)))
            except Unlike as error:
                hint = error.hint or _hint(self, schema)
                raise Unlike(f"{self.name}.{name}: {error.what}", hint) from error
        for name, (member, shape) in ours.items():
            if not member.has_default:
                what = f"{self.name}.{name}: not written, read as {shape.name}, and has no default"
                raise Unlike(what, _hint(self, schema))
        return entries


class Upgraded(Shape):
    """Instances of a class by the function that was given for this older layout."""

    def __init__(self, now: ClassShape, then: Schema, upgrade: Upgrade, reading: Reading) -> None:
        self.name = now.name
        self.tag = now.tag
        self.types, self.plains = now.types, now.plains
        self._now, self._then, self._upgrade = now, then, upgrade
        ours = {member.name: shape for member, shape in zip(now.members, now.parts, strict=True)}
        self._old = [(name, _as_it_is(tp, ours.get(name), reading)) for name, tp in then.fields]

    def to_plain(self, value: Any, /) -> Any:
        raise mismatch(f"{self.name} to be read only", value)

    def described(self, refer: Refer) -> Described:
        return refer(self._now)

    def from_plain(self, plain: Any, /) -> Any:
        if type(plain) is not list or len(plain) != len(self._old):
            raise mismatch(f"{self.name} as an array of {len(self._old)}", plain)
        old = {}
        for (name, shape), item in zip(self._old, plain, strict=True):
            value = shape.from_plain(item)
            if value is not ABSENT:
                old[name] = value
        title = f"{self.name}: the upgrade of {self._then.layout}"
        try:
            new = self._upgrade(old)
        except Exception as error:
            raise CodecError(f"{title} failed: {type(error).__name__}: {error}") from error
        if not isinstance(new, Mapping) and type(new) not in self.types:
            raise CodecError(
                f"{title} gave {type(new).__name__} {shown(new)}; it gives a dict of the new fields by name, or a {self.name}"
            )
        try:
            if isinstance(new, Mapping):
                return self._made(dict(new))
            self._now.to_plain(new)  # of the right types
        except Misplaced as error:
            raise CodecError(f"{title} gave {error.under(self.name)}") from error
        return new

    def _made(self, new: dict[str, Any]) -> Any:
        now, values = self._now, {}
        for member, shape in zip(now.members, now.parts, strict=True):
            if member.name in new:
                value = new.pop(member.name)
                of_field(member, shape.to_plain, value)  # of the right type
                values[member] = value
        unknown = new.keys() - {name for name, _ in self._old}
        if unknown:
            raise CodecError(
                f"{self.name}: the upgrade of {self._then.layout} gave {min(unknown)!r}, "
                "which is a field of neither"
            )
        return now.make(values)


def _as_it_is(tp: Described, shape: Shape | None, reading: Reading) -> Shape:
    """What an upgrade is given: the value as it is now where the type fits, else by itself."""
    if shape is not None:
        try:
            return reading(tp, shape)
        except Unlike:
            pass
    return reading.alone(tp)


def _hint(shape: ClassShape, schema: Schema) -> str:
    return (
        f"; if old values have a meaning in the new class, say which: "
        f"@upgrades({{{schema.layout!r}: function}}) on {shape.name}"
    )


def of_field(member: Member, convert: Callable[[Any], Any], value: Any) -> Any:
    """A field converted; an error says which."""
    if value is ABSENT and not member.may_lack:
        raise within(f".{member.name}", CodecError("it is not set"))
    try:
        return convert(value)
    except CodecError as error:
        raise within(f".{member.name}", error) from error
