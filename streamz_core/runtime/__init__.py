"""Tasks, commits, restore, workers: running a plan on a log."""
