"""Every operator gives something that a user can hold."""

import typing

from streamz_core.dsl.declared import ops
from streamz_core.dsl.faces.making import FACES


def test_there_is_a_face_for_all_that_operators_give():
    given = {op.gives for op in vars(ops).values() if isinstance(op, ops.Op)}
    assert given == set(FACES) == set(typing.get_args(ops.Gives))
