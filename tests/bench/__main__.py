"""`python -m tests.bench NAME [options]`: one JSON line a case on stdout."""

from __future__ import annotations

import importlib
import sys

NAMES = ("tax", "produce", "hop", "idle", "log-open", "log", "clients")
ROOMS = ("log", "clients")  # those with more than one file


def main() -> int:
    """Run one benchmark."""
    if len(sys.argv) < 2 or sys.argv[1] not in NAMES:
        print(f"usage: bench {{{','.join(NAMES)}}} [options]", file=sys.stderr)
        return 2
    name = sys.argv[1]
    module = f"{name}.command" if name in ROOMS else name.replace("-", "_")
    importlib.import_module(f"tests.bench.{module}").main(sys.argv[2:])
    return 0


if __name__ == "__main__":
    sys.exit(main())
