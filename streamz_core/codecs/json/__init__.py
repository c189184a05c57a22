"""JSON text: what is written of it, and how values of types look in it."""
