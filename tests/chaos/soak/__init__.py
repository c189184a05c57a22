"""An app at half load for an hour: what it takes of disk, memory and descriptors, and how long a hop takes, stays flat.

Topics keep little, changelogs are compacted, the log rolls and forgets; all processes of the app share one limit of
memory where the system lets us set one, so that the page cache is squeezed. Slopes are printed for each process.
"""

from tests.chaos.soak.command import main

__all__ = ["main"]
