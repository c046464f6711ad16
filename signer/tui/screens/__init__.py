"""One screen a stage."""
