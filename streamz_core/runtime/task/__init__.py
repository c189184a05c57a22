"""One task: its inputs, its position, what becomes of a record that fails."""
