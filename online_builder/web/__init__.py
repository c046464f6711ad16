"""Floor 3: a page on this machine only, thin on the desk."""
