"""`streamz groups`: its verbs, a row for each."""

from __future__ import annotations

import argparse

from streamz_core.cli.groups import describe, listing, resetting
from streamz_core.cli.verbs.table import Verb, add_verbs, execute

VERBS = (
    Verb("list", "every group, apps and consumers", listing.arguments, listing.execute),
    Verb(
        "describe",
        "one group: where it stands, who reads what",
        describe.arguments,
        describe.execute,
    ),
    Verb("lag", "how far groups are behind, by topic", listing.lag_arguments, listing.execute_lag),
    Verb(
        "reset-offsets",
        "let a group of consumers go on elsewhere",
        resetting.arguments,
        resetting.execute,
    ),
    Verb("delete", "forget groups of consumers", resetting.delete_arguments, resetting.delete),
)


def arguments(parser: argparse.ArgumentParser) -> None:
    """What `groups` takes."""
    add_verbs(parser, VERBS)


__all__ = ["arguments", "execute"]
