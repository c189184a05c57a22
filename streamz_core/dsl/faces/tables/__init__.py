"""What a table can do with others, and by other keys: joins, groups."""
