"""Numbers of other widths."""

import pytest

from streamz_core.codecs.kafka.numbers import INTEGER, NARROW_FLOAT, SHORT
from streamz_core.errors import CodecError

WRONG = [
    (INTEGER, 2**31, "does not fit into 4 bytes"),
    (SHORT, -(2**15) - 1, "does not fit into 2 bytes"),
    (INTEGER, True, "expected int, got bool"),
    (SHORT, 1.0, "expected int, got float"),
    (NARROW_FLOAT, 1e39, "too large for a float of 4 bytes"),
    (NARROW_FLOAT, 10**400, "too large for a float of 4 bytes"),
    (NARROW_FLOAT, "1", "expected float, got str"),
]


@pytest.mark.parametrize("codec, value, why", WRONG)
def test_what_does_not_fit_is_refused(codec, value, why):
    with pytest.raises(CodecError, match=why):
        codec.encode(value)


@pytest.mark.parametrize("codec", [INTEGER, SHORT, NARROW_FLOAT], ids=lambda codec: codec.name)
def test_a_wrong_width_is_named(codec):
    with pytest.raises(CodecError, match=rf"{codec.name}: \d bytes, not 3"):
        codec.decode(b"abc")
    assert codec.immutable


def test_an_int_is_taken_as_its_float():
    assert NARROW_FLOAT.decode(NARROW_FLOAT.encode(3)) == 3.0
