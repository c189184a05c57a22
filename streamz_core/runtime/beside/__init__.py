"""What runs beside the workers."""
