"""What the rules of codecs rest on; each rule is seen through the apps of tests/dsl/test_resolve.py."""

import pytest

from streamz_core.codecs.plain import STR
from streamz_core.dsl.declared.sides import NoCodec, needed
from streamz_core.errors import TopologyError


def test_a_codec_that_is_there_is_given():
    assert needed(STR, "pages", "writes its keys") is STR


def test_one_that_is_missing_is_told_with_the_step_and_why_it_is_needed():
    with pytest.raises(TopologyError, match=r"^pages writes its keys, but nobody said them$"):
        needed(NoCodec("nobody said them"), "pages", "writes its keys")
