"""Steps on streams that hold nothing between records."""
