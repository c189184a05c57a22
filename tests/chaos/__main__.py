"""`python -m tests.chaos NAME [--budget 60s] [--seed S]`; the last line is `N passed, N failed`."""

from __future__ import annotations

import importlib
import sys

NAMES = (
    "log",
    "clients",
    "groups",
    "mutants",
    "calls",
    "bits",
    "kill",
    "space",
    "soak",
    "small",
    "face",
    "topologies",
    "compaction",
    "model",
)


def main() -> int:
    """Run one battery."""
    if len(sys.argv) < 2 or sys.argv[1] not in NAMES:
        print(f"usage: chaos {{{','.join(NAMES)}}} [--budget 60s] [--seed S]", file=sys.stderr)
        return 2
    battery = importlib.import_module(f"tests.chaos.{sys.argv[1]}")
    return int(battery.main(sys.argv[2:]))


if __name__ == "__main__":
    sys.exit(main())
