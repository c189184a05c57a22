"""Classes by name: attrs classes, dataclasses, NamedTuples and TypedDicts."""
