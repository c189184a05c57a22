"""What the log refuses to exceed, and when it calls a disk full."""

from __future__ import annotations

from attrs import frozen

KIB, MIB, GIB = 1 << 10, 1 << 20, 1 << 30


@frozen(kw_only=True)
class Limits:
    """All sizes in bytes, times in seconds."""

    record_bytes: int = MIB
    key_bytes: int = 64 * KIB
    batch_bytes: int = MIB
    batch_records: int = 4096
    commit_bytes: int = 64 * MIB
    inline_bytes: int = 4 * KIB  # payload up to here travels inside the commit record
    data_file_bytes: int = 256 * MIB
    chain_segment_bytes: int = 32 * MIB  # a commit segment that is larger is sealed
    checkpoint_bytes: int = 32 * MIB  # of the commit log that are new since the last checkpoint
    checkpoint_s: float = 60.0
    past_bytes: int = MIB  # of hashes of old records in memory, before the oldest are forgotten
    free_bytes: int = GIB  # a disk is full below this, or below `free_share` of it if that is less
    free_share: float = 0.05
    seal_bytes: int = 64 * MIB  # so much that is not sealed is sealed at once
    seal_s: float = 5.0  # what waits for so long is sealed,
    seal_least_bytes: int = 64 * KIB  # if a partition has so much of it, or
    seal_late_s: float = 60.0  # if it waits for so long
    merge_files: int = 8  # so many sealed files of about one size are made one
    copy_s: float = 1.0  # how long a commit waits at most until it is copied beside its segment
    sync_interval_s: float = 1.0  # level "process": how often the background sync runs
    lock_wait_s: float = 1.0  # nobody waits longer for a lock: it may be a stopped process's
