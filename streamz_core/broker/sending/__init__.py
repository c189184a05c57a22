"""What a producer is made of: the ways to topics, and what waits to be committed."""
