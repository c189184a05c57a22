"""Codecs that are wrong, or used wrongly: each marked line is an error, and no other line is."""

from streamz_core import App, Codec, json_of, windowed


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
json_of(Celsius, unknown="skip")  # refused: they are refused, or ignored [call-overload]
json_of(5)  # refused: no type [call-overload]
clicks = app.stream("clicks", key=str, value=json_of(bytes))
clicks.filter(lambda value: value.startswith("1"))  # refused: bytes [arg-type]
