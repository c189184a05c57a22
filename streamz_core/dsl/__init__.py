"""How people write what is to be computed."""
