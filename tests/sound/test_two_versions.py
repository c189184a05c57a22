"""Each change of a class, with the version before and the one behind at once on one topic: no value is another one.

The new one reads what the old one wrote, before and meanwhile, in the topic and in its store, through a restart. The old one reads
what the new one writes, as the same, or is refused before its first record.
"""

from __future__ import annotations

from typing import Any

import pytest

from streamz_core.codecs.annotation import codec_for
from streamz_core.errors import CodecError, Misuse
from tests.codecs.test_resolving import RIGHT, WRONG, fields
from tests.runtime.test_schemas import copies, feed, house, job, run


def made(cls: Any, values: dict[str, Any]) -> Any:
    return cls(**values)


CHANGES = [change for change in RIGHT if change != "flag added"]


@pytest.mark.parametrize("change", CHANGES)
def test_both_versions_at_once(change: str) -> None:
    then, values, now, expected = RIGHT[change]
    codec, wanted = codec_for(now), fields(expected)
    old = house(job(then))
    run(old)
    feed(old, made(then, values))
    run(old)  # its store has a row of it
    new = house(job(now), old)
    feed(old, made(then, values))
    run(new)
    assert [fields(each) for each in copies(new)] == [wanted] * 2
    value = codec.decode(codec_for(then).encode(made(then, values)))
    feed(new, value)
    feed(old, made(then, values))
    run(new)
    assert [fields(each) for each in copies(new)] == [wanted] * 4
    again = house(job(now), new)
    run(again)
    assert [fields(each) for each in copies(again)] == [wanted] * 4
    try:
        codec_for(then).check(codec.schema)
    except CodecError:
        feed(new, value)
        with pytest.raises(Misuse, match=r"the values of (clicks|copies|store)"):
            house(job(then), new).worker()
        old.backend.refresh()
        assert old.backend.end("copies", 0) == 4
    else:
        back = fields(codec_for(then).decode(codec.encode(value)))
        older = house(job(then), new)
        feed(new, value)
        run(older)
        assert fields(copies(older)[-1]) == back


@pytest.mark.parametrize("change", WRONG)
def test_a_change_without_one_meaning_ends_the_new_one_and_not_the_old(change: str) -> None:
    """It is refused before it wrote or read anything; the old one goes on beside it."""
    then, now = WRONG[change][:2]
    old = house(job(then))
    run(old)
    schema = codec_for(then).schema
    with pytest.raises(CodecError):
        codec_for(now).check(schema)
    old.backend.refresh()
    before = old.backend.mark
    with pytest.raises(Misuse):
        house(job(now), old).worker()
    old.backend.refresh()
    assert old.backend.mark == before
    run(old)
