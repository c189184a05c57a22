"""A question as the target of an HTTP request: /stores/{store}/{verb}, of verbs with a key /{key} behind.

What may follow is told by the verb. Keys are percent-encoded text for codecs of str, JSON otherwise.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import parse_qsl, quote, unquote_to_bytes, urlencode

import attrs

from streamz_core.errors import CodecError
from streamz_core.query.parameters import KEY, Parameter, parameters_of
from streamz_core.query.problems import bad_request, not_found
from streamz_core.query.verbs import VERBS, Question
from streamz_core.stores.kinds import kind_of
from streamz_core.topology.nodes import StoreSpec

_PARAMETERS_MAX = 16
_NOT_ENCODED = re.compile(r"%(?![0-9A-Fa-f]{2})")


def target(question: Question, spec: StoreSpec) -> str:
    """The path and query of the request that asks it."""
    path = f"/stores/{quote(question.store, safe='')}/{question.verb}"
    if question.keyed:
        path += f"/{quote(KEY.write(question.key, spec), safe='')}"
    told = {}
    for name, parameter in parameters_of(type(question)).items():
        value = getattr(question, name)
        if value != getattr(attrs.fields(type(question)), name).default:
            told[parameter.name] = parameter.form.write(value, spec)
    return f"{path}?{urlencode(told)}" if told else path


def segments(raw: str) -> tuple[Sequence[str], dict[str, str]]:
    """(decoded parts of the path, parameters) of a request's target; Problem 400."""
    path, _, query = raw.partition("?")
    if not path.startswith("/") or not raw.isascii():
        raise bad_request("the target must be a path that begins with /, in ASCII")
    if _NOT_ENCODED.search(raw):
        raise bad_request("a % is not followed by two hex digits")
    try:
        parts = [unquote_to_bytes(part).decode() for part in path.split("/")[1:]]
        pairs = parse_qsl(
            query,
            keep_blank_values=True,
            strict_parsing=bool(query),
            errors="strict",
            max_num_fields=_PARAMETERS_MAX,
        )
    except ValueError as error:
        raise bad_request(f"the target cannot be decoded: {error}") from error
    if len(dict(pairs)) != len(pairs):
        raise bad_request("a parameter is given twice")
    return parts, dict(pairs)


def parse(
    parts: Sequence[str], given: dict[str, str], find: Callable[[str], StoreSpec]
) -> Question:
    """The question of `/stores/{store}/…`; `find` gives a store's spec. Problem 400 or 404."""
    spec, name = find(parts[1]), parts[2]
    verb = VERBS.get(name)
    if verb is None or len(parts) != 3 + verb.keyed:
        raise not_found("unknown-path", f"there is no /stores/{{store}}/{name} of this form")
    known = {parameter.name for parameter in parameters_of(verb).values()}
    if not set(given) <= known:
        unknown = ", ".join(sorted(set(given) - known))
        raise bad_request(f"unknown parameter {unknown}; there are {', '.join(sorted(known))}")
    kind = kind_of(spec)
    if not verb.fits(kind):
        raise bad_request(f"store {spec.name} is of kind {kind.name}: ask /{kind.verb}/ instead")
    found = {
        name: _read(parameter, given[parameter.name], spec)
        for name, parameter in parameters_of(verb).items()
        if parameter.name in given
    }
    if verb.keyed:
        found["key"] = _read(Parameter("the key", KEY), parts[3], spec)
    question = verb(store=spec.name, **found)
    lacking = question.lacks(kind)
    if lacking:
        raise bad_request(
            f"store {spec.name} is of kind {kind.name}: /{verb.verb}/ wants {lacking}= too"
        )
    return question


def _read(parameter: Parameter, text: str, spec: StoreSpec) -> Any:
    try:
        return parameter.form.read(text, spec)
    except CodecError as error:
        raise bad_request(f"{parameter.name} (store {spec.name}): {error}") from error
