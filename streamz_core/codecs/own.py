"""What is made sure of codecs that users write: bytes come out, and errors are CodecErrors that name them."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any, Final

from streamz_core.codecs.packing import shown
from streamz_core.errors import CodecError, StreamzError

if TYPE_CHECKING:
    from streamz_core.codecs.codec import Codec

_HOUSE: Final = __name__.partition(".")[0]

Method = Callable[..., Any]


def hold_to_its_word(cls: type[Codec[Any]]) -> None:
    """Of a class that was not written here: each method that it has of its own, or of a parent that is no codec, is
    looked at when it is called.

    Ours are left alone, whatever they cost is paid by each record.
    """
    if _ours(cls):
        return
    if not hasattr(cls, "name"):
        cls.name = cls.__name__
    for name, check in _CHECKS.items():
        method = _not_looked_at(cls, name)
        if method is not None:
            setattr(cls, name, _looked_at(name, method, check))


def _not_looked_at(cls: type[Codec[Any]], name: str) -> Method | None:
    """The method, if it is of the class, or of a parent that is no codec; those of codecs are looked at already."""
    found = next(each for each in cls.__mro__ if name in vars(each))
    method = vars(found)[name]
    is_codec = found is not cls and any(
        each.__name__ == "Codec" and _ours(each) for each in found.__mro__
    )
    return method if callable(method) and not is_codec and not _ours(method) else None


def _ours(what: Any) -> bool:
    return str(getattr(what, "__module__", "")).partition(".")[0] == _HOUSE


def _looked_at(name: str, method: Method, check: Callable[[Any, Any, str], None]) -> Method:
    def call(self: Codec[Any], given: Any) -> Any:
        try:
            result = method(self, given)
        except StreamzError:
            raise
        except Exception as error:
            raise CodecError(
                f"codec {self.name}: {name} raised {type(error).__name__}: {error}"
            ) from error
        check(result, given, f"codec {self.name}: {name} gave")
        return result

    # Whoever looks at a traceback, a person or runtime/task/failing.py, sees which method it was.
    call.__code__ = call.__code__.replace(co_name=name)
    return wraps(method)(call)


def _is_bytes(result: Any, value: Any, gave: str) -> None:
    if (
        type(result) is not bytes
    ):  # a bytearray could be changed later, where it waits for its commit
        raise CodecError(f"{gave} {type(result).__name__} for {shown(value)}; it has to give bytes")


def _are_bytes(result: Any, values: Any, gave: str) -> None:
    _are_as_many(result, values, gave)
    for data, value in zip(result, values, strict=True):
        if value is not None or data is not None:
            _is_bytes(data, value, gave)


def _are_as_many(result: Any, given: Any, gave: str) -> None:
    if not isinstance(result, list) or len(result) != len(given):
        raise CodecError(f"{gave} {shown(result)}; it has to give a list of {len(given)}")


def _anything(result: Any, given: Any, gave: str) -> None: ...


_CHECKS: Final = {
    "encode": _is_bytes,
    "decode": _anything,
    "encode_all": _are_bytes,
    "decode_all": _are_as_many,
    "validate_all": _anything,
}
