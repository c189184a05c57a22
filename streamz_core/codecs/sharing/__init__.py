"""What programs that share a topic need to know of its types."""
