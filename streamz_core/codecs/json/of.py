"""json_of: how a user says JSON."""

from __future__ import annotations

from types import UnionType
from typing import Any, Literal, TypeVar, get_args, overload

from streamz_core.codecs.codec import Codec
from streamz_core.errors import Misuse

T = TypeVar("T")

Unknown = Literal["refuse", "ignore"]


@overload
def json_of(tp: type[T], *, unknown: Unknown = "refuse") -> Codec[T]: ...
@overload
def json_of(tp: UnionType, *, unknown: Unknown = "refuse") -> Codec[Any]: ...
def json_of(tp: Any, *, unknown: Unknown = "refuse") -> Codec[Any]:
    """The codec of a type as plain JSON, by the names of its fields, for `key=` and `value=`: for topics that other
    programs read and write (Kafka: a JSON serde).

    `tp`: an attrs class, dataclass, NamedTuple, TypedDict, enum, `list[Click]`, `Click | None`, whatever `value=` takes.
    Objects have a field for each of the class; one that has a default may be missing, one that the class has not is
    refused, or left out with `unknown="ignore"`. bytes are base64, datetimes, dates, Decimals and UUIDs text, timedeltas
    seconds, enums their values, tuples and sets arrays. NaN and infinities are refused. With msgspec (the extra `fast`) it is
    faster, and gives the same.

    Misuse if there is no codec for a type, or JSON has the same for two types of a union. The codec's errors are CodecError,
    and name class, field, type and what was there instead. docs/codecs.md has all the rules.
    """
    from streamz_core.codecs.json.codec import (
        json_codec,  # loaded by what needs it, and msgspec with it
    )

    if unknown not in get_args(Unknown):
        raise Misuse(f"json_of: unknown={unknown!r}; it can be 'refuse' or 'ignore'")
    return json_codec(tp, unknown, is_key=False)
