"""The same as text.py, by msgspec where it is installed (extra `fast`).

Of one value there is one text, whoever writes it: equal bytes must not depend on what is installed.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from importlib import import_module
from typing import Any, Final

from streamz_core.codecs.json.text import FAILS, dumps_plainly, loads_plainly

Dump = Callable[[Any], bytes]
Load = Callable[[bytes], Any]

_FLOAT_OTHERWISE: Final = re.compile(rb"\de-?\d|0\.0000")
"""What is in the text of each float that msgspec writes otherwise than Python does: 1e16, 0.00001."""


def with_msgspec() -> tuple[Dump, Load]:
    """ImportError where it is not installed. What it refuses, the standard library is asked for: it says why."""
    msgspec: Any = import_module("msgspec")
    encode, decode = msgspec.json.Encoder().encode, msgspec.json.Decoder().decode
    fails = (*FAILS, msgspec.MsgspecError)

    def dumps(value: Any) -> bytes:
        try:
            data: bytes = encode(value)
        except fails:
            return dumps_plainly(value)
        return dumps_plainly(value) if _FLOAT_OTHERWISE.search(data) else data

    def loads(data: bytes) -> Any:
        try:
            return decode(data)
        except fails:
            return loads_plainly(data)

    return dumps, loads


try:
    dumps, loads = with_msgspec()
except ImportError:
    dumps, loads = dumps_plainly, loads_plainly
