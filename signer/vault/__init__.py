"""Keys at rest and in use: sealing, shares, the device's secret, and the child process that signs."""
