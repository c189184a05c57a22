"""Functions written for one type, so that its values need not be looked at shape by shape.

They do at once what the shapes do step by step, for whatever is exactly as expected, and raise one of
DIFFERS for anything else. Then the shapes are asked: they take what is unusual, or say what is wrong.
"""

from __future__ import annotations

import builtins
import linecache
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, Literal, Protocol

from attrs import frozen

from streamz_core.codecs.packing import SMALL_BYTES, pack_checked, unpack, unpack_small
from streamz_core.errors import CodecError

Way = Literal["to_plain", "from_plain"]
"""What lines do to a value: the method of Shape whose work they do."""
WAYS: Final[tuple[Way, ...]] = ("to_plain", "from_plain")


@frozen
class Functions:
    """What is written for a codec.

    `encode` and `decode` do all that the codec does. `to_plain` and `from_plain` do columns without
    nulls, between values and what is packed, and may raise one of DIFFERS.
    """

    encode: Callable[[Any], bytes]
    decode: Callable[[bytes], Any]
    to_plain: Callable[[Iterable[Any]], list[Any]]
    from_plain: Callable[[Iterable[Any]], list[Any]]


_ODD = re.compile(r"[^0-9A-Za-z_]+|^(?=[0-9])")


class Differs(Exception):
    """A value is not exactly as expected."""


DIFFERS: Final = (
    *(Differs, CodecError),
    *(TypeError, ValueError, ArithmeticError),  # of msgpack, of constructors, of conversions
    *(IndexError, RecursionError),  # of no bytes, of too deep ones
)
"""What written functions raise where the shapes are to be asked."""


class Written(Protocol):
    """What a function can be written for."""

    name: str

    def body(self, text: Text, way: Way, give: str) -> list[str]:
        """The lines of a function of `value`. `give` is the line that hands over `{}`, its result."""
        ...


class Text:
    """Functions being written, each for one shape and way, and the objects that they refer to."""

    def __init__(self) -> None:
        self._objects: dict[str, Any] = {"Differs": Differs, "DIFFERS": DIFFERS}
        self._functions: dict[tuple[Way, Written], str] = {}
        self._lines: list[str] = []
        self._count = 0

    def fresh(self, hint: str) -> str:
        """A name that stands for nothing else: no other name ends with its number."""
        self._count += 1
        return f"{_ODD.sub('_', hint)}_{self._count}"

    def constant(self, hint: str, value: Any) -> str:
        """The name of an object that lines refer to."""
        if getattr(builtins, hint, None) is value:
            return hint
        name = self.fresh(hint)
        self._objects[name] = value
        return name

    def is_none_of(self, kinds: frozenset[type], name: str) -> str:
        """The condition that a variable is of none of these types."""
        rest = kinds - {type(None)}
        parts = [f"{name} is not None"] * (rest != kinds)
        if len(rest) == 1:
            (kind,) = rest
            parts.append(f"type({name}) is not {self.constant(kind.__name__, kind)}")
        elif rest:
            parts.append(f"type({name}) not in {self.constant('kinds', rest)}")
        return " and ".join(parts)

    def is_one_of(self, kinds: frozenset[type], name: str) -> str:
        """The condition that a variable is of one of these types."""
        if kinds == frozenset({type(None)}):
            return f"{name} is None"
        if len(kinds) == 1:
            (kind,) = kinds
            return f"type({name}) is {self.constant(kind.__name__, kind)}"
        return f"type({name}) in {self.constant('kinds', kinds)}"

    def has_others(self, kinds: frozenset[type], name: str) -> str:
        """The condition that a container holds items, or keys, of any other than these types."""
        return f"not {self.constant('kinds', kinds)}.issuperset(map(type, {name}))"

    def function(self, way: Way, shape: Written) -> str:
        """The name of the function of a shape. It may call itself: a class may hold itself."""
        name = self._functions.get((way, shape))
        if name is None:
            name = self._functions[way, shape] = self.fresh(f"{way}_{shape.name}")
            self.define(f"{name}(value)", shape.body(self, way, "return {}"))
        return name

    def define(self, head: str, lines: Iterable[str]) -> None:
        """A function. `head` is its name and its arguments."""
        self._lines += [f"def {head}:", *indented(lines), ""]

    def codec(
        self,
        name: str,
        head: bytes,
        body: Callable[[Way, str], list[str]],
        slowly: tuple[Callable[[Any], bytes], Callable[[bytes], Any]],
    ) -> Functions:
        """The functions of a codec called `name` that writes `head` and then msgpack.

        `slowly` is how it encodes and decodes by its shape.
        """
        opened = ["value = data"]
        if head:  # a third of what `startswith` and a slice take
            opened = ["value = data.removeprefix(head)", refuse("len(value) == len(data)")]
        opened.append(f"value = (small if len(value) <= {SMALL_BYTES} else large)(value)")
        objects = {"pack": pack_checked, "small": unpack_small, "large": unpack, "head": head}
        return self.functions(name, "return head + pack({})", opened, objects, body, slowly)

    def functions(  # noqa: PLR0913 - the parts of two functions
        self,
        name: str,
        closed: str,
        opened: list[str],
        objects: Mapping[str, Any],
        body: Callable[[Way, str], list[str]],
        slowly: tuple[Callable[[Any], bytes], Callable[[bytes], Any]],
    ) -> Functions:
        """The functions of a codec of some format: the line `closed` gives the bytes of a plain form `{}`, the lines
        `opened` make `value` of `data`. They, and `body`, refer to `objects`."""
        self._objects |= objects
        self._objects |= zip(("encode_slowly", "decode_slowly"), slowly, strict=True)
        # The lines assign to `value`: who asks slowly is to see what was given.
        self._attempt("encode", "given", ["value = given", *body("to_plain", closed)])
        self._attempt("decode", "data", [*opened, *body("from_plain", "return {}")])
        for way in WAYS:
            loop = ["for value in values:", *indented(body(way, "add({}); continue"))]
            self.define(f"{way}(values)", ["all = []", "add = all.append", *loop, "return all"])
        self._run(f"streamz codec of {name}")
        return Functions(*(self._objects[each] for each in ("encode", "decode", *WAYS)))

    def _attempt(self, name: str, argument: str, lines: list[str]) -> None:
        attempt = ["try:", *indented(lines), "except DIFFERS:", "    pass"]
        self.define(f"{name}({argument})", [*attempt, f"return {name}_slowly({argument})"])

    def _run(self, title: str) -> None:
        filename, number = f"<{title}>", 1
        while filename in linecache.cache:  # of another class of this name
            number += 1
            filename = f"<{title}, {number}>"
        lines = [f"{line}\n" for line in self._lines]
        text = "".join(lines)
        linecache.cache[filename] = (len(text), None, lines, filename)  # for tracebacks
        exec(compile(text, filename, "exec"), self._objects)


def indented(lines: Iterable[str]) -> list[str]:
    """Lines of a block."""
    return [f"    {line}" for line in lines]


def refuse(condition: str) -> str:
    """The line that gives up where `condition` holds."""
    return f"if {condition}: raise Differs"


def tuple_of(names: list[str]) -> str:
    """The expression of a tuple."""
    return f"({', '.join(names)},)" if names else "()"
