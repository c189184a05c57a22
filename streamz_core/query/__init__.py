"""Asking the state: who answers for a key, the server of a worker, and the one who asks."""
