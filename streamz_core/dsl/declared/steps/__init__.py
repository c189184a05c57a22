"""What each family of steps says, as values that know their part of the node."""
