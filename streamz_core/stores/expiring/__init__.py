"""Stores key -> value whose rows go when nobody wrote them for a while: of tables, and of the user."""
