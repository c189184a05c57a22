"""Key, value or old value of a record, as variables of the generated text hold it."""

from __future__ import annotations

from collections.abc import Callable

from streamz_core.codecs.codec import Codec
from streamz_core.codecs.free import copied, is_free
from streamz_core.codecs.packing import SCALARS
from streamz_core.codecs.plain import BytesCodec
from streamz_core.codecs.windowed import WindowedCodec
from streamz_core.errors import TopologyError
from streamz_core.lines.adding import Adding
from streamz_core.topology.nodes import AnyCodec


class Side:
    """Key, value or old value of a record: variables that hold its bytes, its object, or both.

    What is missing is made by a line when somebody asks, and then kept for lines in the same block;
    whoever opens a block works on a copy of the flow. `stored_in`: the store that has the object.
    `kept_name`: an object that no function may get, since others are to find it as it is. `watched`:
    a function has seen the object, and may have changed it in place.
    """

    __slots__ = ("codec", "kept_name", "nullable", "obj_name", "raw_name", "stored_in", "watched")

    def __init__(  # noqa: PLR0913 - what may be known of a side
        self,
        codec: AnyCodec | None,
        *,
        raw: str | None = None,
        obj: str | None = None,
        kept: str | None = None,
        nullable: bool = True,
        stored_in: str = "",
    ) -> None:
        assert raw or obj or kept, "a side is held by some variable"
        self.stored_in = stored_in
        self.codec = codec
        self.raw_name = raw
        self.obj_name = obj
        self.kept_name = kept
        self.nullable = nullable
        self.watched = False

    @property
    def mutable(self) -> bool:
        """Whether a function that gets the object could change it in place, as far as is known."""
        return self.codec is None or not self.codec.immutable

    def obj(self, lines: Adding) -> str:
        """The variable with the object; decodes if need be."""
        if self.obj_name is None and self.kept_name is not None:
            self.obj_name = _copy(lines, self.kept_name)
        elif self.obj_name is None:
            raw = self.raw_name
            assert raw is not None
            if isinstance(self.codec, BytesCodec):
                return raw
            decode = lines.constant(f"decode_{_word(self.codec)}", _known(self.codec, lines).decode)
            self.obj_name = lines.fresh("value")
            made = f"{decode}({raw})"
            text = f"None if {raw} is None else {made}" if self.nullable else made
            lines.add(f"{self.obj_name} = {text}")
        return self.obj_name

    def raw(self, lines: Adding, codec: AnyCodec | None = None) -> str:
        """The variable with the bytes in `codec` (its own if not given); encodes if need be."""
        wanted = codec or _known(self.codec, lines)
        if self.has_raw(wanted):
            assert self.raw_name is not None
            return self.raw_name
        obj = self.kept_name or self.obj(lines)
        encode = lines.constant(f"encode_{_word(wanted)}", wanted.encode)
        raw = lines.fresh("raw")
        text = (
            f"None if {obj} is None else {encode}({obj})" if self.nullable else f"{encode}({obj})"
        )
        lines.add(f"{raw} = {text}")
        if same(wanted, self.codec):
            self.raw_name = raw
            if self.stored_in:
                lines.bytes_wanted(self.stored_in)
        return raw

    def lent(self, lines: Adding) -> str:
        """The variable with the object, for a function that only looks at it before it is passed on."""
        obj = self.obj(lines)
        self.watched = self.mutable
        return obj

    def apart(self, lines: Adding) -> Side:
        """The same value for somebody else: what is done to the object of this one, it does not see.

        Free of charge if nothing can be done to it, or if the bytes are at hand.
        """
        if not self.mutable or self.obj_name is None:
            return self.copy()
        if self.raw_name is not None:
            if self.watched:
                self.obj_name = None  # it may be changed: either all see that, or none
            return Side(self.codec, raw=self.raw_name, nullable=self.nullable)
        if self.codec is None or is_free(self.codec):
            # Nobody said a type, so the value may be one that cannot be written.
            kept = self.kept_name or _copy(lines, self.obj_name)
            return Side(self.codec, kept=kept, nullable=self.nullable)
        return Side(self.codec, raw=self.raw(lines), nullable=self.nullable)

    def has_raw(self, codec: AnyCodec) -> bool:
        """Whether the bytes in `codec` are at hand without encoding."""
        return self.raw_name is not None and same(codec, self.codec)

    def has_object(self) -> bool:
        """Whether the object is at hand without decoding."""
        return self.obj_name is not None

    def is_null(self, *, looked_at: bool = False) -> str:
        """An expression that is true for null. `looked_at`: the object is needed here anyway."""
        name = self.raw_name or self.obj_name or self.kept_name
        if looked_at and self.obj_name:
            name = self.obj_name
        return f"{name} is None" if self.nullable else "False"

    def not_null(self) -> Side:
        """The same where a line has made sure that it is not null."""
        made = self.copy()
        made.nullable = False
        return made

    def copy(self) -> Side:
        return self._held_by(self.raw_name, self.obj_name, self.kept_name)

    def names(self) -> list[str]:
        """The variables, as `renamed` takes them."""
        held = (self.raw_name, self.obj_name, self.kept_name)
        return [name for name in held if name is not None]

    def renamed(self, fresh: Callable[[str], str]) -> Side:
        """The same shape in new variables."""
        return self._held_by(
            self.raw_name and fresh("raw"),
            self.obj_name and fresh("value"),
            self.kept_name and fresh("kept"),
        )

    def _held_by(self, raw: str | None, obj: str | None, kept: str | None) -> Side:
        nullable, stored_in = self.nullable, self.stored_in
        made = Side(self.codec, raw=raw, obj=obj, kept=kept, nullable=nullable, stored_in=stored_in)
        made.watched = self.watched
        return made

    def shape(self) -> tuple[object, ...]:
        """Equal for sides that lines can treat alike."""
        held = (self.raw_name is None, self.obj_name is None, self.kept_name is None)
        return (id(self.codec), *held, self.nullable, self.stored_in, self.watched)


def _copy(lines: Adding, obj: str) -> str:
    """A variable with an equal object of its own."""
    own = lines.fresh("value")
    scalars, copy = lines.constant("SCALARS", SCALARS), lines.constant("copied", copied)
    lines.add(f"{own} = {obj} if type({obj}) in {scalars} else {copy}({obj})")
    return own


def columnar(codec: AnyCodec) -> bool:
    """Whether a whole column is encoded faster than its values one by one."""
    return type(codec).encode_all is not Codec.encode_all


def same(one: AnyCodec | None, other: AnyCodec | None) -> bool:
    """Whether two codecs write the same bytes, as far as is known."""
    if one is other:
        return one is not None
    if isinstance(one, WindowedCodec) and isinstance(other, WindowedCodec):
        return one.extent == other.extent and same(one.key, other.key)
    return False


def _known(codec: AnyCodec | None, lines: Adding) -> AnyCodec:
    if codec is None:
        name = lines.node.name
        raise TopologyError(f"{name}: no codec is known here; annotate, or say key=, value=")
    return codec


def _word(codec: AnyCodec | None) -> str:
    return codec.name if codec is not None else "unknown"
