"""Codecs: those that are there, and one of a user, with the types of the values they give."""

from typing import assert_type

from attrs import frozen

from streamz_core import App, Codec, Windowed, json_of, tumbling, windowed
from streamz_core.dsl.faces.stream import Stream
from streamz_core.dsl.faces.table import Table


class Celsius(Codec[float]):
    def encode(self, value: float) -> bytes:
        return str(value).encode()

    def decode(self, data: bytes) -> float:
        return float(data)


@frozen
class Click:
    user: str
    size: int


app = App("codecs")
assert_type(json_of(Click), Codec[Click])
assert_type(json_of(list[Click], unknown="ignore"), Codec[list[Click]])
assert_type(app.stream("clicks", key=json_of(int), value=json_of(Click)), Stream[int, Click])
assert_type(Celsius().decode(b"1"), float)
assert_type(app.stream("degrees", key=str, value=Celsius()), Stream[str, float])
assert_type(
    app.table("hottest", key=windowed(str, "1m"), value=Celsius()), Table[Windowed[str], float]
)
assert_type(
    app.stream("means", key=windowed(Celsius(), tumbling("1m")), value=bytes),
    Stream[Windowed[float], bytes],
)
