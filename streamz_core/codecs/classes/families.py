"""Kinds of classes whose fields are known by name: what their fields are, how instances are made.

One class a kind; FAMILIES asks them in turn.
"""

from __future__ import annotations

import dataclasses
import typing
from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, Final

import attrs
from attrs import frozen

from streamz_core.codecs.classes.hints import hints_of
from streamz_core.codecs.classes.instances import blank_of, is_frozen, only_keeps, only_validates
from streamz_core.codecs.classes.perhaps import ABSENT
from streamz_core.codecs.text import Text, refuse, tuple_of
from streamz_core.errors import Misuse


@frozen(eq=False)
class Member:
    """A field. `has_default`: an instance can be made without it.

    `init`: the constructor takes it, as `alias`. `compared`: instances that differ in it alone are
    not equal. `may_lack`: an instance may have no value for it. `shared`: a default that is one object for all
    instances and can be changed in place; each instance that is read gets a copy.
    """

    name: str
    tp: Any
    alias: str
    has_default: bool
    init: bool = True
    compared: bool = True
    may_lack: bool = False
    shared: Any = None


class Family(ABC):
    """One kind of class; `value_type` of an instance is what tells it from others."""

    hashable = True

    def __init__(self, cls: Any) -> None:
        self.cls = cls

    @staticmethod
    @abstractmethod
    def fits(origin: Any) -> bool:
        """Whether a class is of this kind, itself and not by its parent."""
        ...

    @property
    def value_type(self) -> type:
        """The type of the instances."""
        cls: type = self.cls
        return cls

    @property
    def is_frozen(self) -> bool:
        """Whether the fields of an instance cannot be replaced."""
        return is_frozen(self.cls)

    @property
    def is_hooked(self) -> bool:
        """Whether the constructor may do more than to keep what it is given."""
        return False

    @property
    def is_validated(self) -> bool:
        """Whether it does no more than to refuse, and instances stay what they were."""
        return False

    @abstractmethod
    def members(self, tp: Any) -> list[Member]:
        """The fields of `tp`, which is the class or a generic form of it. Misuse if it has others."""
        ...

    def read(self, value: Any, member: Member) -> Any:
        """The value of a field, ABSENT if there is none."""
        return getattr(value, member.name, ABSENT)

    def odd(self, value: Any) -> str | None:  # noqa: ARG002
        """What is wrong with an instance whatever its fields hold, None if nothing is."""
        return None

    def opening(self, text: Text) -> list[str]:  # noqa: ARG002
        """Lines that refuse a `value` that is odd."""
        return []

    def reading(self, text: Text, member: Member) -> str:
        """The expression of a field of `value`, or of ABSENT."""
        if member.init:
            return f"value.{member.name}"
        return f"getattr(value, {member.name!r}, {text.constant('ABSENT', ABSENT)})"

    @abstractmethod
    def make(self, values: Mapping[Member, Any]) -> Any:
        """An instance with these values; what has none takes its default."""
        ...

    @abstractmethod
    def making(
        self, text: Text, names: Mapping[Member, str], give: str, *, whole: bool
    ) -> list[str]:
        """Lines that make an instance of variables, in order; `whole` if of all its members."""
        ...


class _Constructed(Family):
    """Classes whose constructor takes most of the fields, by name."""

    @property
    def is_hooked(self) -> bool:
        return not only_keeps(self.cls)

    def make(self, values: Mapping[Member, Any]) -> Any:
        made = self.cls(**{each.alias: value for each, value in values.items() if each.init})
        for each, value in values.items():
            if not each.init:
                object.__setattr__(made, each.name, value)
        return made

    def making(
        self, text: Text, names: Mapping[Member, str], give: str, *, whole: bool
    ) -> list[str]:
        cls, blank = text.constant(self.cls.__name__, self.cls), blank_of(self.cls)
        if blank is not None and whole:
            filled = [f"made.{each.name} = {name}" for each, name in names.items()]
            begun = f"made = {text.constant('blank', blank)}()"
            return [begun, *filled, f"made.__class__ = {cls}", give.format("made")]
        arguments = ", ".join(f"{each.alias}={name}" for each, name in names.items() if each.init)
        later = [(each.name, name) for each, name in names.items() if not each.init]
        if not later:
            return [give.format(f"{cls}({arguments})")]
        put = text.constant("put", object.__setattr__)
        puts = [f"{put}(made, {each!r}, {name})" for each, name in later]
        return [f"made = {cls}({arguments})", *puts, give.format("made")]


class Attrs(_Constructed):
    """Classes decorated by attrs."""

    @staticmethod
    def fits(origin: Any) -> bool:
        # Not attrs.has: it is true of undecorated subclasses too, which hold more than fields.
        return "__attrs_attrs__" in vars(origin)

    @property
    def is_validated(self) -> bool:
        return only_validates(self.cls)

    def members(self, tp: Any) -> list[Member]:
        # A field made by attr.ib(type=…) or make_class has its type at the attribute only.
        fields = attrs.fields(self.cls)
        hints = {each.name: each.type for each in fields if each.type is not None}
        hints |= hints_of(tp)
        hooked = hasattr(self.cls, "__attrs_post_init__")
        return [
            Member(
                each.name,
                hints.get(each.name, Any),
                each.alias,
                has_default=each.default is not attrs.NOTHING or (hooked and not each.init),
                init=each.init,
                compared=each.eq and each.eq_key is None,
                shared=_shared(each.default),
            )
            for each in fields
        ]


def _shared(default: Any) -> Any:
    return default if isinstance(default, list | dict | set | bytearray) else None


class Dataclass(_Constructed):
    """Classes decorated by dataclasses.dataclass."""

    @staticmethod
    def fits(origin: Any) -> bool:
        return "__dataclass_fields__" in vars(origin)

    def members(self, tp: Any) -> list[Member]:
        for each in self.cls.__dataclass_fields__.values():
            if each._field_type.name == "_FIELD_INITVAR" and not _has_default(each):
                raise Misuse(
                    f"{self.cls.__name__}.{each.name} is an InitVar: an instance does not keep it, "
                    "so that none can be made again; give it a default, or make it a field"
                )
        hints = hints_of(tp)
        hooked = hasattr(self.cls, "__post_init__")
        return [
            Member(
                each.name,
                hints.get(each.name, each.type),
                each.name,
                has_default=_has_default(each) or (hooked and not each.init),
                init=each.init,
                compared=each.compare,
            )
            for each in dataclasses.fields(self.cls)
        ]


def _has_default(each: dataclasses.Field[Any]) -> bool:
    missing = dataclasses.MISSING
    return each.default is not missing or each.default_factory is not missing


class Named(Family):
    """typing.NamedTuple, and collections.namedtuple with annotations."""

    @property
    def is_frozen(self) -> bool:
        return True

    @property
    def is_hooked(self) -> bool:
        return not _is_plain_tuple(self.cls) or self.cls.__init__ is not object.__init__

    @staticmethod
    def fits(origin: Any) -> bool:
        return issubclass(origin, tuple) and isinstance(getattr(origin, "_fields", None), tuple)

    def members(self, tp: Any) -> list[Member]:
        hints, defaults = hints_of(tp), self.cls._field_defaults
        more = [
            name
            for name in hints
            if name not in self.cls._fields and not _is_class_var(hints[name])
        ]
        if more:
            raise Misuse(
                f"{self.cls.__name__}.{more[0]} is no item of the tuple: write it into the NamedTuple"
            )
        return [
            Member(
                name,
                hints.get(name, Any),
                name,
                has_default=name in defaults,
                shared=_shared(defaults.get(name)),
            )
            for name in self.cls._fields
        ]

    def make(self, values: Mapping[Member, Any]) -> Any:
        return self.cls(**{each.name: value for each, value in values.items()})

    def making(
        self, text: Text, names: Mapping[Member, str], give: str, *, whole: bool
    ) -> list[str]:
        cls = text.constant(self.cls.__name__, self.cls)
        if whole and _is_plain_tuple(self.cls):
            new = text.constant("new", tuple.__new__)
            return [give.format(f"{new}({cls}, {tuple_of(list(names.values()))})")]
        arguments = ", ".join(f"{each.name}={name}" for each, name in names.items())
        return [give.format(f"{cls}({arguments})")]


def _is_plain_tuple(cls: Any) -> bool:
    return str(cls.__new__.__module__).startswith("namedtuple_")


def _is_class_var(hint: Any) -> bool:
    return hint is typing.ClassVar or typing.get_origin(hint) is typing.ClassVar


class Typed(Family):
    """TypedDicts: dicts with these keys, of which some may be missing."""

    hashable = False

    @staticmethod
    def fits(origin: Any) -> bool:
        return type(origin).__name__ == "_TypedDictMeta"

    @property
    def value_type(self) -> type:
        return dict

    @property
    def _keys(self) -> frozenset[str]:
        keys: frozenset[str] = self.cls.__required_keys__ | self.cls.__optional_keys__
        return keys

    def members(self, tp: Any) -> list[Member]:
        members = []
        for name, hint in hints_of(tp).items():
            tp, required = _requirement(hint, name in self.cls.__required_keys__)
            members.append(Member(name, tp, name, not required, may_lack=not required))
        return members

    def read(self, value: Any, member: Member) -> Any:
        return value.get(member.name, ABSENT)

    def odd(self, value: Any) -> str | None:
        more = [key for key in value if key not in self._keys]
        return f"it has no key {more[0]!r}" if more else None

    def opening(self, text: Text) -> list[str]:
        keys = text.constant("keys", self._keys)
        return [refuse(f"not {keys}.issuperset(value)")]

    def reading(self, text: Text, member: Member) -> str:
        return f"value.get({member.name!r}, {text.constant('ABSENT', ABSENT)})"

    def make(self, values: Mapping[Member, Any]) -> Any:
        made = {each.name: value for each, value in values.items() if not each.may_lack}
        return made | {
            each.name: value
            for each, value in values.items()
            if each.may_lack and value is not ABSENT
        }

    def making(
        self,
        text: Text,
        names: Mapping[Member, str],
        give: str,
        *,
        whole: bool,  # noqa: ARG002
    ) -> list[str]:
        always = ", ".join(f"{each.name!r}: {n}" for each, n in names.items() if not each.may_lack)
        perhaps = [(each.name, name) for each, name in names.items() if each.may_lack]
        if not perhaps:
            return [give.format(f"{{{always}}}")]
        absent = text.constant("ABSENT", ABSENT)
        puts = [f"if {name} is not {absent}: made[{each!r}] = {name}" for each, name in perhaps]
        return [f"made = {{{always}}}", *puts, give.format("made")]


def _requirement(hint: Any, required: bool) -> tuple[Any, bool]:  # noqa: FBT001
    """The type without Required, NotRequired and ReadOnly, and whether the key must be there."""
    while True:
        origin = typing.get_origin(hint)
        said = {"NotRequired": False, "Required": True, "ReadOnly": required}
        name = getattr(origin, "_name", None) or ""
        if name not in said:
            return hint, required
        hint, required = typing.get_args(hint)[0], said[name]


FAMILIES: Final[tuple[type[Family], ...]] = (Attrs, Dataclass, Named, Typed)


def family_of(cls: Any) -> Family | None:
    """How a class is looked at, None if it is none of these."""
    return next((each(cls) for each in FAMILIES if each.fits(cls)), None)
