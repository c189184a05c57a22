"""Every kind of node has an emitter."""

from streamz_core.compiler.emitters import EMITTERS
from streamz_core.topology.traits import TRAITS


def test_what_has_a_row_has_an_emitter_and_the_other_way_round():
    assert set(EMITTERS) == set(TRAITS)
