"""rocksdict: an iterator that is still referenced keeps the database locked after `close()`.

    pip install rocksdict==0.3.29

Seen with rocksdict 0.3.29 on Linux, CPython 3.11. Expected: after `db.close()` the folder can be opened again in
the same process. Instead the lock stays with the closed database until the last iterator is gone:

    after close(), with an iterator: IO error: lock hold by current process
    after the iterator is gone: opened
"""

import sys
import tempfile

from rocksdict import Options, Rdict


def opened(folder: str) -> str:
    """Whether it can be opened: "opened", or why not."""
    try:
        Rdict(folder, Options(raw_mode=True)).close()
    except Exception as error:  # noqa: BLE001 - rocksdict raises nothing more exact
        return str(error).partition(",")[0]
    return "opened"


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        database = Rdict(folder, Options(raw_mode=True))
        database[b"a"] = b"1"
        iterator = database.iter()
        database.close()
        before = opened(folder)
        del iterator
        after = opened(folder)
    print(f"after close(), with an iterator: {before}")
    print(f"after the iterator is gone: {after}")
    if "lock" in before and after == "opened":
        return 0
    print("it is no longer so: see what in streamz_state closes iterators first")
    return 1


if __name__ == "__main__":
    sys.exit(main())
