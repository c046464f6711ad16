"""Floor 1: what the builder remembers between two commands."""
