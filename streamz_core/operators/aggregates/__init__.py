"""Count, reduce, aggregate: by key, and by key and window."""
