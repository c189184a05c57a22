"""What verbs have in common: the table of a command, and what changes something only with --execute."""
