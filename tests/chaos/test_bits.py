"""A share of the flipped bits; and an answer that is not right is seen."""

import random
from itertools import islice
from unittest.mock import patch

import pytest

from streamz_core.log.segments import data
from tests.chaos.bits import KINDS, Flip, Wrong, flips, outcome, write

WRITTEN = write()


@pytest.mark.parametrize("kind", KINDS)
def test_a_flipped_bit_is_harmless_or_refused(kind):
    chance = random.Random(11)
    found = {outcome(WRITTEN, flip) for _, flip in islice(flips(WRITTEN, chance, [kind]), 150)}
    assert found <= {"right", "refused"}
    assert len(WRITTEN.values[0]) == 10


def test_a_flipped_bit_of_the_commit_log_heals():
    for path in WRITTEN.of("commit"):
        for byte in range(0, len(WRITTEN.files[path]), 25):
            for cold in (False, True):
                assert outcome(WRITTEN, Flip(path, 8 * byte + 3, cold=cold)) == "right"


def test_a_reader_that_checks_no_payload_is_found():
    def blind(self, file, position, size, *_):
        return self._file(file).pread(size, position)

    flipped = [
        Flip(path, bit, cold=False)
        for path in WRITTEN.of("data")
        for bit in range(0, 8 * len(WRITTEN.files[path]), 40)
    ]
    with patch.object(data.DataReader, "read", blind), pytest.raises(Wrong):
        {outcome(WRITTEN, flip) for flip in flipped}
