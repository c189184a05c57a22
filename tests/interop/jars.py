"""Kafka's jars: Maven fetches those of pom.xml (50 MB) the first time, into the user's cache.

`python -m tests.interop.jars` prints where they are, or why they cannot be had.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

POM = Path(__file__).with_name("pom.xml")
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "streamz-kafka"


def fetched() -> Path:
    """The folder of jars that pom.xml names; of several that come for it first, one fetches it."""
    folder = CACHE / hashlib.sha256(POM.read_bytes()).hexdigest()[:12]
    CACHE.mkdir(parents=True, exist_ok=True)
    with (CACHE / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.is_dir():
            part = folder.with_suffix(".part")
            shutil.rmtree(part, ignore_errors=True)
            copy = ["dependency:copy-dependencies", f"-DoutputDirectory={part}"]
            subprocess.run(
                [program("mvn"), "-B", "-q", "-f", POM, *copy], check=True, stdin=subprocess.DEVNULL
            )
            part.rename(folder)
    return folder


def program(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        raise RuntimeError(f"{name} is not on the PATH: Debian: openjdk-17-jre-headless, maven")
    return found


if __name__ == "__main__":
    try:
        program("java")
        print(fetched())
    except (RuntimeError, subprocess.CalledProcessError) as error:
        sys.exit(f"{error}")
