"""`./dev golden`: write the golden files anew, show what changed."""

import sys
from difflib import unified_diff

from tests.golden import GOLDEN, ROOT, kept, made


def main() -> int:
    changed = 0
    for name in GOLDEN:
        before, after = kept(name), made(name)
        if before == after:
            continue
        changed += 1
        (ROOT / name).write_text(after)
        lines = before.splitlines(keepends=True), after.splitlines(keepends=True)
        print("".join(unified_diff(*lines, f"{name} (was)", f"{name} (is)")))
    print(f"golden: {changed} changed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
