"""Floor 1: bytes and meaning, pure. `registry.READERS` names every chain the device can read."""
