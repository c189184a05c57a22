"""Codecs: those that are there, and one of a user, with the types of the values they give."""

from typing import assert_type

from streamz_core import App, Codec, Windowed, tumbling, windowed
from streamz_core.dsl.faces.stream import Stream
from streamz_core.dsl.faces.table import Table


class Celsius(Codec[float]):
    def encode(self, value: float) -> bytes:
        return str(value).encode()

    def decode(self, data: bytes) -> float:
        return float(data)


app = App("codecs")
assert_type(Celsius().decode(b"1"), float)
assert_type(app.stream("degrees", key=str, value=Celsius()), Stream[str, float])
assert_type(
    app.table("hottest", key=windowed(str, "1m"), value=Celsius()), Table[Windowed[str], float]
)
assert_type(
    app.stream("means", key=windowed(Celsius(), tumbling("1m")), value=bytes),
    Stream[Windowed[float], bytes],
)
