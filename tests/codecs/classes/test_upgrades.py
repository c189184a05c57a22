"""Upgrades: a class says what its older layouts mean."""

import typing

import attrs
import pytest

from streamz_core.codecs.annotation import codec_for
from streamz_core.codecs.classes.upgrades import upgrades
from streamz_core.errors import CodecError, Misuse
from tests.codecs.versions import ITEM, by_attrs


def test_an_upgrade_says_what_old_values_mean():
    old = by_attrs(path=str, items=list[ITEM], n=str)

    @upgrades(
        {
            "Order(path: str, items: list[Item], n: str)": lambda old: {
                **old,
                "url": old["path"],
                "n": int(old["n"]),
            }
        }
    )
    @attrs.frozen
    class Order:
        url: str
        items: list[ITEM]
        n: int

    reader, writer = codec_for(Order), codec_for(old)
    data = writer.encode(old("/a", [ITEM(1)], "5"))
    expected = Order("/a", [ITEM(1)], 5)
    assert reader.decode(data) == expected
    assert reader.decode_all([data, data]) == [expected] * 2
    assert reader.decode_all([data, None, reader.encode(expected)]) == [expected, None, expected]
    reader.check(writer.schema)


def test_an_upgrade_may_give_the_class_itself():
    old = by_attrs(path=str)

    @upgrades({"Order(path: str)": lambda old: Order(old["path"] or 5)})
    @attrs.frozen
    class Order:
        url: str

    reader, writer = codec_for(Order), codec_for(old)
    assert reader.decode(writer.encode(old("/a"))) == Order("/a")
    with pytest.raises(CodecError, match=r"Order.url: expected str, got int 5"):
        reader.decode(writer.encode(old("")))


BAD = {
    "a wrong type": (
        lambda old: {"url": 5},
        r"the upgrade of Order\(path: str\) gave Order.url: expected str, got int 5",
    ),
    "a field of neither": (
        lambda old: {"url": "x", "ulr": 1},
        r"gave 'ulr', which is a field of neither",
    ),
    "a field left out": (lambda old: {}, r"Order.url is not there and has no default"),
    "nothing": (
        lambda old: None,
        r"Order\(path: str\) gave NoneType None; it gives a dict of the new",
    ),
    "a list": (lambda old: ["x"], r"gave list \['x'\]; it gives a dict .*, or a Order"),
    "an error": (lambda old: old["nix"], r"upgrade of Order\(path: str\) failed: KeyError: 'nix'"),
}


@pytest.mark.parametrize("bad", BAD, ids=str)
def test_an_upgrade_that_gives_no_value_is_told(bad):
    function, message = BAD[bad]
    now = upgrades({"Order(path: str)": function})(by_attrs(url=str))
    old = by_attrs(path=str)
    with pytest.raises(CodecError, match=message) as raised:
        codec_for(now).decode(codec_for(old).encode(old("/")))
    assert type(raised.value) is CodecError, "logs show the name"


def test_a_class_that_changed_too_much_comes_to_an_upgrade_as_a_dict():
    old = by_attrs(item=by_attrs("Item", price=str))
    item = typing.get_type_hints(old)["item"]
    layout = codec_for(old).schema.layout
    assert layout == "Order(item: Item)"
    now = upgrades({layout: lambda old: {"item": ITEM(int(old["item"]["price"]))}})(
        by_attrs(item=ITEM)
    )
    assert codec_for(now).decode(codec_for(old).encode(old(item("7")))) == now(ITEM(7))


def test_an_upgrade_is_of_a_class_and_not_of_those_that_inherit():
    parent = upgrades({"Order(path: str)": lambda _: {"url": "x"}})(by_attrs(url=str))
    now = attrs.make_class("Order", {}, bases=(parent,), frozen=True)
    old = by_attrs(path=str)
    with pytest.raises(CodecError, match=r"Order.url: not written"):
        codec_for(now).decode(codec_for(old).encode(old("/")))


@pytest.mark.parametrize("wrong", [lambda n, total: n + total, lambda: 5, 5])
def test_an_upgrade_that_cannot_be_called_is_refused_where_it_is_said(wrong):
    with pytest.raises(Misuse, match=r"the upgrade of 'Sum\(n: int\)'"):
        upgrades({"Sum(n: int)": wrong})
