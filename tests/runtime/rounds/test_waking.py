"""Other threads wake a worker."""

from streamz_core.runtime.rounds.waking import Waking


def test_while_nobody_looked_once_is_enough():
    rings = []
    waking = Waking(lambda: rings.append("ring"))
    assert not waking.told
    waking()
    waking()
    assert (waking.told, rings) == (True, ["ring"])
    waking.told = False
    waking()
    assert rings == ["ring", "ring"]
