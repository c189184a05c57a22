"""What operators ask of topics and groups: planned first, and said, then done."""
