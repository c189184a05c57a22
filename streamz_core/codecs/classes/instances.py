"""How instances of slotted classes are made without their constructor, where it only fills slots."""

from __future__ import annotations

import dataclasses
from abc import ABCMeta
from functools import cache
from inspect import getattr_static
from types import FunctionType, WrapperDescriptorType
from typing import Any, Generic

import attrs

_METACLASSES = (type, ABCMeta)  # those that do not mind another subclass
_HOOKS = ("__attrs_pre_init__", "__attrs_post_init__", "__attrs_init__")


@cache
def blank_of(cls: type) -> type | None:
    """A class whose instances are to be filled by assignment and then to become ones of `cls`.

    None if the constructor of `cls`, made by attrs or by dataclasses, does more than to fill slots:
    validators, converters, `__post_init__` and the like are never gone around.
    """
    if not _only_fills_slots(cls) or not _is_plain(cls):
        return None
    # An assignment to a slot of a class that allows it, and then to `__class__`, takes a fraction of
    # what it takes to get around the `__setattr__` of a frozen class slot by slot. Both methods,
    # because they share a place in the type: one written in Python would slow down the other.
    blank = type(cls)(
        f"{cls.__name__} being filled",
        (cls,),
        {
            "__slots__": (),
            "__init__": object.__init__,
            "__setattr__": object.__setattr__,
            "__delattr__": object.__delattr__,
        },
    )
    made: Any = blank()
    made.__class__ = cls
    assert type(made) is cls, "a subclass without slots of its own has the same layout"
    return blank


def has_own_equality(cls: type) -> bool:
    """Whether equal instances of a class may differ in its fields: its `==` is neither that of all fields, as
    attrs, dataclasses and tuples have it, nor that of all objects.
    """
    equal: object = cls.__eq__
    if not isinstance(equal, FunctionType):
        return not isinstance(equal, WrapperDescriptorType)
    place = "<attrs generated" if "__attrs_attrs__" in vars(cls) else "<string>"
    is_made = equal.__code__.co_filename.startswith(place)
    # One that was made for a parent does not know of the fields that are new.
    return not is_made or "__eq__" not in vars(cls)


def is_frozen(cls: type) -> bool:
    """Whether attrs or dataclasses made the instances of a class refuse assignment."""
    setter = getattr(cls, "__setattr__", None)
    if "__attrs_attrs__" in vars(cls):
        return getattr(setter, "__name__", "") == "_frozen_setattrs"
    parameters: Any = getattr(cls, "__dataclass_params__", None)
    return parameters is not None and bool(parameters.frozen)


@cache
def only_keeps(cls: type) -> bool:
    """Whether the constructor of a class, made by attrs or by dataclasses, keeps what it is given, and no
    more: a value that it made is made again by it as it is.
    """
    return (
        _takes_fields(cls)
        and (is_frozen(cls) or _sets_plainly(cls))
        and not isinstance(getattr(cls, "__new__", None), FunctionType)
        and type(cls).__call__ is type.__call__
        and not any(map(_is_setter, _kept_in(cls)))
    )


def only_validates(cls: type) -> bool:
    """Whether instances of a class are frozen, and its constructor keeps what its validators take: one that was
    made passed them.
    """
    return (
        "__attrs_attrs__" in vars(cls)
        and is_frozen(cls)
        and _attrs_takes_fields(cls, validated=True)
        and not isinstance(getattr(cls, "__new__", None), FunctionType)
        and type(cls).__call__ is type.__call__
        and not any(map(_is_setter, _kept_in(cls)))
    )


def _only_fills_slots(cls: type) -> bool:
    return (
        _takes_fields(cls)
        and not hasattr(cls, "_attrs_cached_hash")
        and (is_frozen(cls) or _sets_plainly(cls))
        and all(map(_is_slot, _kept_in(cls)))
    )


def _takes_fields(cls: type) -> bool:
    is_attrs = "__attrs_attrs__" in vars(cls)
    return _attrs_takes_fields(cls) if is_attrs else _dataclass_takes_fields(cls)


def _kept_in(cls: Any) -> list[object]:
    """What the class has under the names of its fields: slots, defaults, descriptors or nothing."""
    fields = attrs.fields(cls) if "__attrs_attrs__" in vars(cls) else dataclasses.fields(cls)
    return [getattr_static(cls, field.name, None) for field in fields]


def _attrs_takes_fields(cls: type, *, validated: bool = False) -> bool:
    fields = attrs.fields(cls)
    return (
        all((validated or f.validator is None) and f.converter is None for f in fields)
        and not any(hasattr(cls, hook) for hook in _HOOKS)
        and _made_in(cls, "<attrs generated")
    )


def _dataclass_takes_fields(cls: Any) -> bool:
    pseudo = {field._field_type.name for field in cls.__dataclass_fields__.values()}
    return (
        not hasattr(cls, "__post_init__")
        and "_FIELD_INITVAR" not in pseudo
        and cls.__dataclass_params__.init
        and _made_in(cls, "<string>")
    )


def _is_slot(found: object) -> bool:
    return type(found).__name__ == "member_descriptor"


def _is_setter(found: object) -> bool:
    """Whether it is told what is put into a field, such as a property or a descriptor of one's own."""
    return not _is_slot(found) and hasattr(type(found), "__set__")


def _is_plain(cls: type) -> bool:
    """Whether nobody is told of a subclass, and an instance can be made without arguments."""
    return (
        type(cls) in _METACLASSES
        and getattr(cls, "__new__", None) is object.__new__
        and not any(
            "__init_subclass__" in vars(base) for base in cls.__mro__[:-1] if base is not Generic
        )
    )


def _made_in(cls: type, place: str) -> bool:
    code = getattr(getattr(cls, "__init__", None), "__code__", None)
    return code is not None and code.co_filename.startswith(place)


def _sets_plainly(cls: type) -> bool:
    own: object = cls.__setattr__
    return own is object.__setattr__ or getattr(cls, "__attrs_own_setattr__", False)
