"""`python -m tests.conformance PATH...`: runs recorded cases and reports per group and in total."""

from __future__ import annotations

import argparse
import logging
import sys
from collections.abc import Sequence
from pathlib import Path

from tests.conformance.cases import Case, Unreadable, read_cases
from tests.conformance.drive import VARIANTS
from tests.conformance.report import describe, report
from tests.conformance.run import explain, run_case

EPILOG = """\
Nothing is skipped: where Kafka had a record cache (cache_bytes > 0), tables pass changes on at commits.
A case that needs what is not built counts as failed. The exit code is 0 whenever all cases were run, whatever their outcome: read the
last line. It is 2 when cases cannot be read, or when there is none by that group or name.
"""


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser("conformance", description=__doc__, epilog=EPILOG)
    made.add_argument("paths", metavar="PATH", nargs="+", type=Path, help="file or folder of cases")
    made.add_argument("--group", metavar="G", action="append", help="only this group (repeatable)")
    made.add_argument("--case", metavar="NAME", action="append", help="only this case (repeatable)")
    made.add_argument(
        "--variant",
        choices=[*VARIANTS, "all"],
        default=VARIANTS[0],
        help="how to run: one record at a time (the default); in batches, where a case repartitions "
        "nothing; with a crash after half the inputs; with stores on RocksDB; both; with batches, a "
        "crash and stores by chance; by two workers, one of which dies; in several partitions; or all in turn",
    )
    made.add_argument(
        "-v", "--verbose", action="store_true", help="every failure; with --case the case in full"
    )
    return made


def main(arguments: Sequence[str] | None = None) -> int:
    asked = parser().parse_args(arguments)
    # A worker that a variant kills is warned of by those that live.
    logging.getLogger("streamz").setLevel(logging.WARNING if asked.verbose else logging.ERROR)
    variants = VARIANTS if asked.variant == "all" else (asked.variant,)
    try:
        cases = [case for case in read_cases(asked.paths) if _wanted(case, asked)]
    except Unreadable as error:
        print(f"conformance: {error}", file=sys.stderr)
        return 2
    if not cases:
        print("conformance: no case by that group or name", file=sys.stderr)
        return 2
    if asked.case and asked.verbose:
        for case in cases:
            print(*explain(case, variants), sep="\n")
    outcomes = [run_case(case, variants) for case in cases]
    if asked.verbose:
        for outcome in outcomes:
            for line in describe(outcome) if outcome.state == "failed" else ():
                print(line)
    for line in report(outcomes):
        print(line)
    return 0


def _wanted(case: Case, asked: argparse.Namespace) -> bool:
    by_group = asked.group is None or case.group in asked.group
    return by_group and (asked.case is None or case.name in asked.case)


if __name__ == "__main__":
    sys.exit(main())
