"""Steps whose answers come later: calls of coroutines, and functions of whole batches."""
