"""Enums: written by their values, read by their names."""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum, Flag
from itertools import islice
from typing import Any, Final

from streamz_core.codecs.packing import mismatch, pack, shown
from streamz_core.codecs.schemas import Described
from streamz_core.codecs.shapes.scalars import Converted
from streamz_core.codecs.shapes.shape import Reading, Refer, Shape
from streamz_core.errors import CodecError, Misuse

_SHOWN: Final = 10
"""So many members an error names."""


class EnumOf(Converted):
    """An enum, by the values of its members."""

    by_name = True

    def __init__(self, kind: type[Enum], plain: Shape) -> None:
        super().__init__(kind, plain, lambda member: member.value, kind)
        self.members = {each.name: _packed(plain, each) for each in kind}

    def to_plain(self, value: Any, /) -> Any:
        if type(value) is not self.kind:
            members = _some(f"{self.kind.__name__}.{each}" for each in self.members)
            raise CodecError(f"{mismatch(self.name, value)}; {self.name} has {members}")
        return super().to_plain(value)

    def from_plain(self, plain: Any, /) -> Any:
        try:
            return super().from_plain(plain)
        except CodecError as error:
            kind: Any = self.kind
            values = _some(shown(each.value) for each in kind)
            raise CodecError(f"{error}; {self.name} has the values {values}") from error

    def described(self, _: Refer) -> Described:
        kind = "flag" if issubclass(self.kind, Flag) else "enum"
        return (kind, self.name, tuple(sorted(self.members.items())))

    def reading(self, written: Described, reading: Reading) -> Shape:  # noqa: ARG002
        if written[0] not in {"enum", "flag"} or written[1] != self.name:
            raise self.unlike(written)
        then = dict(written[2])
        if all(self._means_the_same(name, value, then) for name, value in then.items()):
            return self
        if written[0] == "flag":
            raise self.unlike(written)  # its values are sums: there is no name for each
        return _Moved(self, then)

    def _means_the_same(self, name: str, value: bytes, then: dict[str, bytes]) -> bool:
        """Whether a value that was written under this name is the same member now, or none."""
        if name in self.members:
            return self.members[name] == value
        now = next((each for each, now in self.members.items() if now == value), None)
        return now is None or now not in then


def _packed(plain: Shape, member: Enum) -> bytes:
    try:
        return pack(plain.to_plain(member.value))
    except CodecError as error:
        raise Misuse(f"no codec for {member}: {error}") from error


def _some(texts: Iterable[str]) -> str:
    """The first few."""
    found = list(islice(texts, _SHOWN + 1))
    return ", ".join(found[:_SHOWN]) + ", ..." * (len(found) > _SHOWN)


class _Moved(Converted):
    """An enum of which some members had other values when it was written."""

    def __init__(self, now: EnumOf, then: dict[str, bytes]) -> None:
        kind: Any = now.kind
        members = {value: kind[name] for name, value in then.items() if name in now.members}

        def member(plain: Any) -> Any:
            found = members.get(pack(plain))
            if found is None:
                raise CodecError(f"{now.name} has no member any more for {shown(plain)}")
            return found

        super().__init__(now.kind, now._plain, now._down, member)
        self._up = member
