"""When a task does not go on at once: for an empty input, or because there is nothing."""
