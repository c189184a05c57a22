"""The stores of a task: where they lie, how they are restored, who may read them."""
