"""Keys and values as text on a line, and back."""
