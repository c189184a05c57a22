"""What the records of the chain say, and the state that follows from them."""
