"""Every kind of node has an emitter."""

import pytest

from streamz_core.compiler.emitters import EMITTERS, merged
from streamz_core.topology.nodes import Sink, Source
from streamz_core.topology.traits import TRAITS


def test_what_has_a_row_has_an_emitter_and_the_other_way_round():
    assert set(EMITTERS) == {kind for kind, row in TRAITS.items() if not row.everywhere}


def test_two_families_with_one_kind_of_node_are_refused():
    first, second = object(), object()
    assert merged([{Source: first}, {Sink: second}]) == {Source: first, Sink: second}
    with pytest.raises(ValueError, match="Sink has two emitters"):
        merged([{Source: first, Sink: first}, {Sink: second}])
