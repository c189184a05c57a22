"""What a codec is: values to bytes and back, one by one and by the column."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, Generic, TypeVar

from streamz_core.codecs.own import hold_to_its_word
from streamz_core.codecs.schemas import Schema, schema_of, type_text
from streamz_core.codecs.sharing.fitting import Typed
from streamz_core.errors import CodecError

T = TypeVar("T")


class Codec(ABC, Generic[T]):
    """Bytes of a value, and the value again: two functions, `encode` and `decode` (Kafka: Serde).

    Whoever adds one writes a class with these two, and gives an object of it as `key=` or `value=`, wherever a type
    stands. None (null) is given to neither: it stays None. Headers, topics and times are not seen, so that the bytes
    depend on the value alone. As a key, equal values must have equal bytes: they decide the partition, and which row it is.

    `name` says in words what the codec takes ("str", "int", "Click"); if a class does not say it, it is that of the
    class. Topics and stores remember it, and a program whose codec has another one is refused. `immutable` promises
    that no decoded value can be changed in place, so that it may be kept as an object; `typed`, that its bytes are of
    a type, which topics remember: plain bytes are of none. `accepts` are the types of values it takes, as far as it
    tells: a step that gives none of them is refused when the app is built.

    Errors are CodecError and say what was found; whatever else the two raise becomes one, which names the codec, and so
    does a result of `encode` that is not bytes. In a source the deserialization handler decides what becomes of the record.
    """

    name: str
    immutable: bool = False
    typed: bool = True
    accepts: Typed | None = None

    def __init_subclass__(cls, **more: Any) -> None:
        super().__init_subclass__(**more)
        hold_to_its_word(cls)

    @abstractmethod
    def encode(self, value: T) -> bytes:
        """The bytes of a value; CodecError for one that is not of its type."""

    @abstractmethod
    def decode(self, data: bytes) -> T:
        """The value that has these bytes; CodecError if none has."""

    def encode_all(self, values: Sequence[T | None]) -> list[bytes | None]:
        """A column at once; None stays None."""
        encode = self.encode
        return [None if value is None else encode(value) for value in values]

    def decode_all(self, column: Sequence[bytes | None]) -> list[T | None]:
        """A column at once; None stays None."""
        decode = self.decode
        return [None if data is None else decode(data) for data in column]

    def validate_all(self, column: Sequence[bytes | None]) -> None:
        """CodecError where `decode_all` would raise it: for a column of which nobody wants the values."""
        self.decode_all(column)

    def for_key(self) -> Codec[T]:
        """The codec of the same values as keys, equal ones of which have equal bytes; Misuse if they cannot have."""
        return self

    @property
    def schema(self) -> Schema:
        """What is to be remembered of it where its bytes are kept."""
        return schema_of(("codec", self.name))

    def schemas(self) -> tuple[Schema, ...]:
        """All that whoever has only its bytes must know to read them: its own and the nested ones."""
        return ()

    def check(self, written: Schema) -> None:
        """CodecError, saying why, unless it reads what was written with this schema."""
        if written != self.schema:
            raise CodecError(f"written as {type_text(written.described)}, read as {self.name}")

    def __repr__(self) -> str:
        return f"<codec {self.name}>"
