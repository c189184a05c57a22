"""Windows whose beginnings and ends have to be looked up."""
