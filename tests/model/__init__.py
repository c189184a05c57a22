"""The whole face of topics against a model of it: random steps of producers, consumers and admins."""
