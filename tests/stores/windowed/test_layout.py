"""How rows of windows lie: their places, their data, the time that decides when they are over."""

from streamz_core.codecs.extent import Sized, Spanning
from streamz_core.codecs.plain import INT, STR
from streamz_core.codecs.windowed import windowed_codec
from streamz_core.record import Windowed
from streamz_core.stores.windowed.layout import BY_END, BY_START
from streamz_state.keys import stamp

WINDOW = Windowed("a", 10, 17)


def test_a_windowed_key_names_the_place_of_its_row():
    for layout, extent, place in (
        (BY_START, Sized(7), (10, 0)),
        (BY_END, Spanning(), (17, 10)),
    ):
        assert layout.split(windowed_codec(STR, extent).encode(WINDOW)) == (b"a", place)
        assert layout.time(WINDOW) == place[0]


def test_the_timestamp_of_a_session_is_its_end():
    one = INT.encode(1)
    assert BY_START.row(INT, stamp(15, one), 10) == (1, 15, one)
    assert BY_END.row(INT, one, 17) == (1, 17, one)
