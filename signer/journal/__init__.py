"""The append-only record on this device's disk, and what is computed from it."""
