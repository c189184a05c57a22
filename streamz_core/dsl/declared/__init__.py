"""What the user said, as values, before anything is built of it."""
