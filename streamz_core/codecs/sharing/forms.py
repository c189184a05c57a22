"""What the bytes of a topic are: which programs may share one though they name their types otherwise.

A store is read by the app that wrote it, so its types have to be the same. A topic is read by others, and
each record is looked at where it enters; there it is enough that the bytes are of one form.
"""

from __future__ import annotations

from typing import Any, Final

from streamz_core.codecs.codec import Codec
from streamz_core.codecs.packed import PackedCodec
from streamz_core.codecs.schemas import Described, Schema, is_named

TEXT: Final = "text"
MSGPACK: Final = "msgpack"
CLASSES: Final = "classes"
_FORMS: Final = {
    "str": TEXT,
    "json": TEXT,
    "UUID as text": TEXT,
    "text in utf-8": TEXT,
    "text in ascii": TEXT,
    "self-describing": MSGPACK,
}
"""Of the codecs whose bytes others read as well; each of the others is a form of its own."""
_ALIKE: Final = frozenset({"str", "text in utf-8", "text in ascii", "UUID as text"})
"""The codecs that write equal text as equal bytes."""


def codec_name(schema: Schema) -> str:
    """The name of a codec that is known by it alone, "" for another."""
    described = schema.described
    return str(described[1]) if not isinstance(described, str) and described[0] == "codec" else ""


def form_of(written: Schema) -> str:
    """What bytes are that were written with this schema."""
    return _form(written.described)


def check_values(codec: Codec[Any], written: Schema) -> None:
    """CodecError, saying why, unless values of a topic that were written so may be read by `codec`."""
    form = form_of(written)
    if form == form_of(codec.schema):
        free = codec_name(written) or codec_name(codec.schema)
        if form == TEXT or (form == MSGPACK and free):
            return
        if form == MSGPACK and isinstance(codec, PackedCodec) and codec.reads_plainly(written):
            return
    codec.check(written)


def check_keys(codec: Codec[Any], written: Schema) -> None:
    """CodecError, saying why, unless equal keys are equal bytes whether written so or by `codec`."""
    names = {codec_name(written), codec_name(codec.schema)}
    if not names <= _ALIKE:
        codec.check(written)


def check_claim(codec: Codec[Any], taken: Schema) -> None:
    """CodecError, saying why, if somebody who reads such bytes can never read those of `codec`."""
    if form_of(taken) != form_of(codec.schema):
        codec.check(taken)


def _form(tp: Described) -> str:
    if isinstance(tp, str):
        return MSGPACK
    kind, *parts = tp
    if kind == "codec":
        return _FORMS.get(parts[0], str(parts[0]))
    if kind == "windowed":
        return f"{_form(parts[0])} in windows {parts[1]}"
    return CLASSES if is_named(tp) else MSGPACK
