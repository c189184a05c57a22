"""What a request may say behind its path: how each sort of value is written there, and read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import attrs
from attrs import frozen

from streamz_core.codecs.plain import StrCodec
from streamz_core.errors import CodecError
from streamz_core.query.values import dumps
from streamz_core.query.words.texts import BYTES, of_word, value_of, word
from streamz_core.stores.kinds import kind_of
from streamz_core.stores.order import stem_of
from streamz_core.topology.nodes import AnyCodec, StoreSpec

NUMBER_MAX = (1 << 63) - 1
_PARAMETER = "parameter"


@frozen
class Form:
    """A sort of value. What was written is read back as it was; `read` raises CodecError."""

    write: Callable[[Any, StoreSpec], str]
    read: Callable[[str, StoreSpec], Any]


@frozen
class Parameter:
    """What a field of a question is called in a request. The field's default is not written."""

    name: str
    form: Form


def said_as(name: str, form: Form) -> dict[str, Parameter]:
    """The metadata of a question's field that a request may name."""
    return {_PARAMETER: Parameter(name, form)}


def parameters_of(question: type[attrs.AttrsInstance]) -> Mapping[str, Parameter]:
    """The parameters of a class of questions, by field."""
    fields = attrs.fields(question)
    return {one.name: one.metadata[_PARAMETER] for one in fields if _PARAMETER in one.metadata}


def place_form(question: type[attrs.AttrsInstance]) -> Form:
    """How the place behind which a page begins is written, of a class whose rows come page by page."""
    return parameters_of(question)["after"].form


# ---- keys


def key_text(codec: AnyCodec, key: Any) -> str:
    """A key as people write it: text for codecs of str, JSON otherwise; its bytes where that is another key's
    too, as of `Decimal | str`.
    """
    text = str(key) if isinstance(codec, StrCodec) else dumps(key)
    data = codec.encode(key)
    try:
        if codec.encode(checked(codec, text)) == data:
            return text
    except CodecError:
        pass  # it may be another type's as well
    return f"{BYTES}{word(data)}"


def checked(codec: AnyCodec, text: str) -> Any:
    """The key that a text means; CodecError if the codec does not take it, or if several of its types do."""
    key = value_of(codec, text, strict=True)
    codec.encode(key)
    return key


def key_codec(spec: StoreSpec) -> AnyCodec:
    """The codec of the keys one asks for: those inside the windows of a window store."""
    assert spec.key is not None, f"store {spec.name} has no key codec"
    return spec.key


def checked_prefix(spec: StoreSpec, text: str) -> Any:
    """What keys of a store begin with; CodecError if they are not such that one begins with another."""
    prefix = checked(key_codec(spec), text)
    stem_of(key_codec(spec), prefix)
    return prefix


def cursor(spec: StoreSpec, key: Any) -> str:
    """A row's key as an opaque word."""
    return word(key_text(kind_of(spec).row_key(spec), key).encode())


def read_cursor(spec: StoreSpec, text: str) -> Any:
    """The key in a word that `cursor` made; CodecError if it is none for this store."""
    try:
        return checked(kind_of(spec).row_key(spec), of_word(text).decode())
    except (ValueError, CodecError) as error:
        raise CodecError("the cursor is none that was given out for this store") from error


# ---- forms


def _number(text: str, most: int) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 19 and int(text) <= most):
        raise CodecError(f"it must be a whole number from 0 to {most}")
    return int(text)


def limit(default: int, most: int) -> Form:
    """How many rows at most; 0 asks for the default."""
    return Form(lambda value, _: str(value), lambda text, _: _number(text, most) or default)


def _flag(text: str) -> bool:
    if text not in FLAGS:
        raise CodecError(f"it must be {' or '.join(FLAGS)}")
    return text == FLAGS[0]


FLAGS = ("true", "false")
FLAG = Form(lambda value, _: FLAGS[not value], lambda text, _: _flag(text))
NUMBER = Form(lambda value, _: str(value), lambda text, _: _number(text, NUMBER_MAX))
KEY = Form(
    lambda value, spec: key_text(key_codec(spec), value),
    lambda text, spec: checked(key_codec(spec), text),
)
PREFIX = Form(KEY.write, lambda text, spec: checked_prefix(spec, text))
CURSOR = Form(lambda value, spec: cursor(spec, value), lambda text, spec: read_cursor(spec, text))
