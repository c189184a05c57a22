"""Codecs that are wrong, or used wrongly: each marked line is an error, and no other line is."""

from streamz_core import App, Codec, windowed


class Half(Codec[str]):
    def encode(self, value: str) -> bytes:
        return value.encode()


class Celsius(Codec[float]):
    def encode(self, value: float) -> bytes:
        return str(value)  # refused: bytes are wanted [return-value]

    def decode(self, data: bytes) -> float:
        return float(data)


app = App("codecs")
Half()  # refused: it decodes nothing [abstract]
degrees = app.stream("degrees", key=str, value=Celsius())
degrees.filter(lambda value: value.startswith("1"))  # refused: it is a float [attr-defined]
windowed(Celsius(), b"1m")  # refused: no span of time [arg-type]
