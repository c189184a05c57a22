"""What all faces of steps share: draft, name in sight, and how the next step is hung on."""

import pytest

from streamz_core.dsl.builder import Builder
from streamz_core.dsl.faces.held import draft_of
from streamz_core.errors import TopologyError


def test_a_face_shows_its_step(texts, users):
    assert repr(texts) == "<Stream texts>"
    assert repr(users.to_stream(name="changes")) == "<Stream changes>"
    assert repr(texts.split()) == "<Split texts.split>"


def test_the_draft_of_another_step_must_be_of_the_right_kind(texts, users):
    assert draft_of(texts, "here", "table", "stream") is texts._draft
    for other in (users, "texts", None):
        with pytest.raises(TopologyError, match=r"here: .* is no stream"):
            draft_of(other, "here", "stream")


def test_steps_of_two_apps_do_not_mix(texts):
    foreign = Builder("other").stream("foreign", key=str, value=str)
    with pytest.raises(
        TopologyError, match="foreign belongs to the app 'other', this step to 'shop'"
    ):
        texts.merge(foreign)
