"""Floor 3: the command line of the builder, thin on the desk."""
