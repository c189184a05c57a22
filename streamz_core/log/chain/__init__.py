"""The chained commit log as bytes: frames, segments, identity, durability, recovery."""
