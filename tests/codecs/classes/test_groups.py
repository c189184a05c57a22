"""Schemas of classes that hold each other."""

from attrs import frozen

from streamz_core.codecs.annotation import codec_for
from streamz_core.codecs.classes.groups import classes_in, refer, schemas_of


@frozen
class Even:
    next: "Odd | None" = None


@frozen
class Odd:
    next: "Even | None" = None
    leaf: "Leaf | None" = None


@frozen
class Leaf:
    number: int


def test_a_group_is_those_that_hold_each_other_and_nobody_else():
    even = codec_for(Even).shape
    found = schemas_of(even)
    assert {each.name for each in found} == {"Even", "Odd"}
    assert {each.name for each in classes_in(even)} == {"Even", "Odd", "Leaf"}
    assert codec_for(Odd).schema in found.values()
    leaf = codec_for(Leaf).shape
    assert schemas_of(leaf) == {leaf: leaf.schema}
    assert refer(leaf) == ("class", "Leaf", leaf.schema.fingerprint)


def test_references_of_a_group_are_found_from_each_member():
    odd = codec_for(Odd).schema
    fields = dict(odd.fields)
    assert fields["next"] == ("union", "None", codec_for(Even).schema.reference)
    assert fields["leaf"][2] == codec_for(Leaf).schema.reference
