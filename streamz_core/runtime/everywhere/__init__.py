"""Tables of which every worker has all rows: each worker's own copies, which follow their topics."""
