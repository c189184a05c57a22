"""A consistent copy of a log that goes on living, and back."""
