"""Floor 2: the ceremonies, pure over the ports of `ceremony.ports`."""
