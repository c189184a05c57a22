"""What functions get for a declared store is what it is annotated with."""

import inspect

import pytest

from streamz_core.stores.faces import SessionStore, Stamped, WindowStore
from streamz_core.stores.kinds import KINDS


@pytest.mark.parametrize(
    "kind, face",
    [
        ("windows", WindowStore),
        ("stamped-windows", WindowStore),
        ("duplicates", WindowStore),
        ("sessions", SessionStore),
    ],
)
def test_a_kind_gives_the_face(kind, face):
    made = KINDS[kind].facade
    assert issubclass(made, face)
    for name, method in inspect.getmembers(face, inspect.isfunction):
        taken = list(inspect.signature(getattr(made, name)).parameters)
        assert taken == list(inspect.signature(method).parameters)


def test_a_stamped_value_is_a_pair():
    value, timestamp = Stamped("a", 5)
    assert (value, timestamp) == ("a", 5)
