"""Schemas: what bytes were written from, by name, known by a fingerprint of four bytes.

A described type is a name ("int") or a tuple of a kind and its parts (("list", "int")). Classes are
("class", name, fingerprint); classes that hold each other are described together.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from hashlib import blake2b
from typing import Any, Final

from attrs import field, frozen

from streamz_core.codecs.packing import pack, shown, unpack
from streamz_core.errors import CodecError

FORMAT: Final = 2
"""The first byte of a value whose schema is named: behind it, the fingerprint and msgpack."""
FINGERPRINT_BYTES: Final = 4
HEAD_BYTES: Final = 1 + FINGERPRINT_BYTES

Described = Any
"""str, or a tuple of a kind and its parts; canonical, so that equal types are equal values."""


@frozen
class Schema:
    """One described type. `described` has absolute references: fingerprints, not places.

    `description` is what goes on disk: packed, with references inside a group of classes by place.
    """

    fingerprint: bytes
    description: bytes
    described: Described = field(eq=False, repr=False)

    @property
    def is_class(self) -> bool:
        """Whether it describes a class: only then `name`, `fields` and `layout` mean something."""
        return bool(self.described[0] == "classes")

    @property
    def reference(self) -> Described:
        """The described type by which others refer to it."""
        return ("class", self.name, self.fingerprint) if self.is_class else self.described

    @property
    def name(self) -> str:
        """The name of the class."""
        return str(self._member[0])

    @property
    def fields(self) -> tuple[tuple[str, Described], ...]:
        """Names and types of the fields, in the order in which they are written."""
        return tuple((name, self._absolute(tp)) for name, tp in self._member[1])

    @property
    def layout(self) -> str:
        """The class as text: `Click(user: str, count: int)`."""
        fields = ", ".join(f"{name}: {type_text(tp)}" for name, tp in self._member[1])
        return f"{self.name}({fields})"

    def group(self) -> Iterator[Schema]:
        """The classes that are described together, itself among them."""
        _, members, _ = self.described
        return (schema_of(("classes", members, at)) for at in range(len(members)))

    @property
    def _member(self) -> Any:
        _, members, at = self.described
        return members[at]

    def _absolute(self, tp: Described) -> Described:
        if isinstance(tp, str):
            return tp
        if tp[0] == "class":
            reference = tp[2]
            if isinstance(reference, int):
                reference = schema_of(("classes", self.described[1], reference)).fingerprint
            return (*tp[:2], reference)
        return (tp[0], *map(self._absolute, tp[1:])) if tp[0] not in _NAMED else tp


_NAMED = frozenset({"enum", "flag", "codec"})


def schema_of(described: Described) -> Schema:
    """The schema of a described type."""
    return _schema(pack(described), described)


def read_schema(description: bytes) -> Schema:
    """The schema that is written so; CodecError if that is none."""
    schema = _schema(description, _frozen(unpack(description)))
    try:
        _ = schema.fields if schema.is_class else type_text(schema.described)
    except (TypeError, ValueError, IndexError, KeyError) as error:
        raise CodecError(f"no description of a type: {shown(description)}") from error
    return schema


def _schema(description: bytes, described: Described) -> Schema:
    fingerprint = blake2b(description, digest_size=FINGERPRINT_BYTES).digest()
    return Schema(fingerprint, description, described)


def _frozen(plain: Any) -> Any:
    return tuple(map(_frozen, plain)) if isinstance(plain, list) else plain


def is_named(tp: Described) -> bool:
    """Whether there are names in a described type, so that values of it name their schema."""
    if isinstance(tp, str):
        return False
    kind, *parts = tp
    return kind in {"classes", "class", "enum", "flag"} or any(map(is_named, parts))


def type_text(tp: Described) -> str:
    """A described type as its annotation reads."""
    if isinstance(tp, str):
        return tp
    kind, *parts = tp
    if kind == "windowed":
        return f"{type_text(parts[0])} in windows {parts[1]}"
    if not isinstance(kind, str):
        raise TypeError("a kind is a name")
    if kind == "classes":
        return str(parts[0][parts[1]][0])
    if kind in {"class", *_NAMED}:
        return str(parts[0])
    inner = list(map(type_text, parts))
    if kind in {"union", "tagged"}:
        return " | ".join(sorted(inner, key="None".__eq__))
    return f"{kind}[{', '.join(inner)}]" if inner else f"{kind}[()]"


class UnknownSchema(CodecError):
    """Bytes name a schema that nobody told this process."""


class Schemas:
    """The schemas that are known here, by fingerprint.

    They are content-addressed: whoever adds one, and whatever log it was found in, it means the same.
    """

    def __init__(self) -> None:
        self._known: dict[bytes, Schema] = {}

    def add(self, schemas: Iterable[Schema]) -> None:
        """Know these; CodecError if another description has one of their fingerprints."""
        for schema in schemas:
            known = self._known.setdefault(schema.fingerprint, schema)
            if known.description != schema.description:
                raise CodecError(
                    f"two types have the fingerprint {schema.fingerprint.hex()}: "
                    f"{_whole(known)} and {_whole(schema)}; rename a field or the class of the newer"
                )

    def learn(self, fingerprint: bytes, description: bytes) -> None:
        """Know what somebody told; what cannot be read, or has another fingerprint, is nobody's."""
        with suppress(CodecError):
            schema = read_schema(description)
            if schema.fingerprint == fingerprint:
                self.add([schema])

    def find(self, fingerprint: bytes) -> Schema | None:
        """The schema of this fingerprint, None if nobody told it."""
        return self._known.get(fingerprint)

    def of(self, reference: Described) -> Schema:
        """The schema of a described type, such as others refer to it; UnknownSchema."""
        return self.get(reference[2]) if reference[0] == "class" else schema_of(reference)

    def get(self, fingerprint: bytes) -> Schema:
        """The schema of this fingerprint; UnknownSchema if nobody told it."""
        schema = self._known.get(fingerprint)
        if schema is None:
            raise UnknownSchema(
                f"written with schema {fingerprint.hex()}, which is not known here: the log tells the schemas of all "
                "that streamz programs write to it, so these bytes are probably of another form (say which with "
                "`value=`, such as json_of(...), str or bytes) or were copied from another log"
            )
        return schema


def _whole(schema: Schema) -> str:
    return schema.layout if schema.is_class else type_text(schema.described)


SCHEMAS: Final = Schemas()
"""Those that this process knows (docs/decisions/0020)."""
