"""Values of one of several types: each keeps its own.

Where the plain forms of two could be the same, they are written with the name of the type before.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from streamz_core.codecs.packing import mismatch, shown
from streamz_core.codecs.schemas import Described
from streamz_core.codecs.shapes.scalars import Free
from streamz_core.codecs.shapes.shape import Reading, Refer, Shape, Unlike
from streamz_core.codecs.text import Text, Way, indented, refuse
from streamz_core.errors import CodecError, Misuse

_NONE = type(None)
_HINT = "put them into a class, one field for each"


class Either(Shape):
    """`T | None`, `int | str`: told apart by the type of the plain form, or by a tag before it."""

    def __init__(self, options: Mapping[str, Shape], *, tagged: bool) -> None:
        self.options = dict(options)
        self.tagged = tagged
        self.parts = tuple(self.options.values())
        self.name = " | ".join(option.name for option in self.parts)
        self.tag = self.name
        self.types = frozenset().union(*(option.types for option in self.parts))
        self._by_type = {kind: tag for tag, option in self.options.items() for kind in option.types}
        self._by_plain = {kind: opt for opt in reversed(self.parts) for kind in opt.plains}
        self.plains = frozenset({list} if tagged else self._by_plain)
        if "float" in self.options:  # which takes ints
            self._by_type.setdefault(int, "float")
            self._by_plain.setdefault(int, self.options["float"])
        self._only = _only([option for option in self.parts if _NONE not in option.exact])
        if not tagged and all(option.exact for option in self.parts):
            self.exact = frozenset().union(*(option.exact for option in self.parts))

    def to_plain(self, value: Any, /) -> Any:
        tag = self._by_type.get(type(value))
        if tag is None:
            if self._only:
                return self._only.to_plain(value)  # its error is the one to read
            raise mismatch(self.name, value)
        plain = self.options[tag].to_plain(value)
        return [tag, plain] if self.tagged else plain

    def from_plain(self, plain: Any, /) -> Any:
        if self.tagged:
            return self._untagged(plain)
        option = self._by_plain.get(type(plain), self._only)
        if option is None:
            raise mismatch(self.name, plain)
        return option.from_plain(plain)

    def parts_of(self, value: Any, /) -> Iterable[tuple[str, Shape, Any]]:
        tag = self._by_type.get(type(value))
        return () if tag is None else (("", self.options[tag], value),)

    def _untagged(self, plain: Any) -> Any:
        if type(plain) is not list or len(plain) != 2 or type(plain[0]) is not str:
            raise mismatch(f"{self.name} with the name of its type", plain)
        if plain[0] not in self.options:
            raise CodecError(f"expected {self.name}, got a value of type {shown(plain[0])}")
        return self.options[plain[0]].from_plain(plain[1])

    def described(self, refer: Refer) -> Described:
        inner = sorted((option.described(refer) for option in self.parts), key=repr)
        return ("tagged" if self.tagged else "union", *inner)

    def reading(self, written: Described, reading: Reading) -> Shape:
        """Of one type that was written alone: whatever of ours gives its values."""
        same = [option for option in self.parts if option.tag == tag_of(written)]
        for option in (*same, *(each for each in self.parts if each not in same)):
            try:
                return reading(written, option)
            except Unlike as error:
                if option in same:
                    raise  # it speaks of the type that is meant
                del error
        raise self.unlike(written)

    def lines(self, text: Text, way: Way, name: str) -> list[str]:
        if self.exact:
            differs = text.is_none_of(self.exact, name)
            return [f"if {differs}: {name} = {self.itself(text, way)}({name})"]
        if self.tagged and way == "from_plain":
            return self._tagged_lines(text, name)
        lines: list[str] = []
        for tag, option in self.options.items():
            kinds = option.plains if way == "from_plain" else self._kinds(tag)
            inner = option.lines(text, way, name)
            if self.tagged:
                inner += [f"{name} = ({tag!r}, {name})"]
            lines += [f"{'el' * bool(lines)}if {text.is_one_of(kinds, name)}:", *indented(inner)]
        return [*lines, "else: raise Differs"]

    def _kinds(self, tag: str) -> frozenset[type]:
        return frozenset(kind for kind, of in self._by_type.items() if of == tag)

    def _tagged_lines(self, text: Text, name: str) -> list[str]:
        tag = text.fresh("tag")
        lines = [refuse(f"type({name}) is not list"), f"[{tag}, {name}] = {name}"]
        for at, (known, option) in enumerate(self.options.items()):
            inner = option.lines(text, "from_plain", name)
            lines += [f"{'el' * bool(at)}if {tag} == {known!r}:", *indented(inner)]
        return [*lines, "else: raise Differs"]


def either(options: Iterable[Shape]) -> Shape:
    """The shape of a union; Misuse if values of two of its types could not be told apart."""
    flat: dict[str, Shape] = {}
    for option in options:
        for each in option.parts if isinstance(option, Either) else (option,):
            other = flat.setdefault(each.tag, each)
            if other is not each and other.name != each.name:
                raise _confused(other, each)
            if other is not each and other.types != each.types:
                raise _confused(other, each)
    if len(flat) == 1:
        return next(iter(flat.values()))
    shapes = sorted(flat.values(), key=lambda shape: (_NONE in shape.exact, shape.tag))
    free = [shape for shape in shapes if isinstance(shape, Free)]
    if free:
        if all(shape.exact or shape is free[0] for shape in shapes):
            return free[0]  # which takes them all
        raise Misuse(f"no codec for the union of {_names(shapes)}: {_HINT}")
    for at, shape in enumerate(shapes):
        for other in shapes[:at]:
            if shape.types & other.types:
                raise _confused(other, shape)
    plains = [kind for shape in shapes for kind in shape.plains]
    return Either({shape.tag: shape for shape in shapes}, tagged=len(plains) > len(set(plains)))


def tag_of(written: Described) -> str:
    """What a described type is called among the types of a union."""
    if isinstance(written, str):
        return written
    kind, *parts = written
    return str(parts[0]) if kind in {"class", "enum", "flag"} else str(kind)


def read_either(written: Described, reads: Iterable[Shape]) -> Shape:
    """The shape that reads what was written as this union, by the shapes that read its types."""
    kind, *options = written
    tags = map(tag_of, options)
    return Either(dict(zip(tags, reads, strict=True)), tagged=kind == "tagged")


def _only(options: list[Shape]) -> Shape | None:
    return options[0] if len(options) == 1 else None


def _names(shapes: Iterable[Shape]) -> str:
    return " and ".join(shape.name for shape in shapes)


def _confused(one: Shape, other: Shape) -> Misuse:
    return Misuse(
        f"no codec for the union of {_names([one, other])}: their values cannot be told apart; {_HINT}"
    )
