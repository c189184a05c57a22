"""One case through the wanted variants, to its outcome."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from tests.conformance.build import NotBuilt
from tests.conformance.cases import Case
from tests.conformance.compare import canonical, compare
from tests.conformance.drive import BY_KEY, VARIANTS, observe, variants_for
from tests.conformance.report import Outcome


def run_case(case: Case, variants: Iterable[str] = VARIANTS[:1]) -> Outcome:
    """ "passed" if every variant gives what is expected, else "failed" with the first difference."""
    for variant in variants_for(case, variants):
        try:
            difference = compare(case, observe(case, variant), by_key=variant in BY_KEY)
        except NotBuilt as lacking:
            return Outcome(case, "failed", str(lacking))
        if difference is not None:
            return Outcome(case, "failed", f"variant  {variant}\n{difference}")
    return Outcome(case, "passed")


def explain(case: Case, variants: Iterable[str] = VARIANTS[:1]) -> Iterator[str]:
    """The whole case beside what each variant put out, line by line."""
    yield f"{case.group} / {case.name}: {case.rule or 'a random case'}"
    yield from _section("nodes", case.nodes)
    yield from _section("inputs", case.inputs)
    yield from _section("expected", case.outputs_expected)
    yield from _section("expected stores", case.stores_expected.items())
    for variant in variants:
        try:
            observed = observe(case, variant)
        except NotBuilt as lacking:
            yield str(lacking)
            continue
        yield from _section(f"got ({variant})", observed.outputs)
        yield from _section(f"got stores ({variant})", observed.stores.items())
        if observed.failure is not None:
            yield from observed.failure.trace()


def _section(title: str, entries: Iterable[object]) -> Iterator[str]:
    yield f"{title}:"
    for index, entry in enumerate(entries):
        yield f"  {index:3} {canonical(entry)}"
