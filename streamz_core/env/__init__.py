"""The only door to the outside: files, locks, clocks, randomness, wake-ups, processes."""
