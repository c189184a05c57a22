"""What the system says of itself in words: its mounted file systems, and which boot this is."""

# The door is the system's own calls; these files are the system talking.
# ruff: noqa: PTH123

from __future__ import annotations

import os
import re

_OCTAL = re.compile(r"\\([0-7]{3})")


def file_system(path: str) -> str:
    """The type of the file system that holds `path`, such as "ext4" or "nfs"; "" if unknown."""
    try:
        with open("/proc/mounts", encoding="utf-8", errors="surrogateescape") as mounts:
            return type_at(os.path.realpath(path), mounts.read())
    except OSError:
        return ""


def type_at(path: str, mounts: str) -> str:
    """What /proc/mounts says of the place where `path` lies."""
    best, kind = "", ""
    for line in mounts.splitlines():
        _, point, found, *_ = line.split(" ")
        point = _OCTAL.sub(lambda code: chr(int(code[1], 8)), point).rstrip("/") + "/"
        # Later lines lie over earlier ones with the same mount point.
        if f"{path}/".startswith(point) and len(point) >= len(best):
            best, kind = point, found
    return kind


def boot_id() -> str:
    """The same for every process of one boot, another after the next; "" if the system does not tell."""
    try:
        with open("/proc/sys/kernel/random/boot_id", encoding="ascii") as file:
            return file.read().strip()
    except OSError:
        pass
    import subprocess

    # macOS. Not kern.boottime: that one moves when somebody sets the clock.
    command = ["/usr/sbin/sysctl", "-n", "kern.bootsessionuuid"]
    try:
        told = subprocess.run(command, capture_output=True, check=True, text=True)  # noqa: S603
    except (OSError, subprocess.CalledProcessError):
        return ""
    return told.stdout.strip()
