"""Floor 3: the same ceremonies without a screen. `run` is the one door where errors become words and exit status."""
