"""What programs may rely on of topics, whichever broker is behind: promises, one by one, and who keeps them."""
