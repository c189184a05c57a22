"""What to compute, as values."""
