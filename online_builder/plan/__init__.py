"""Planning, pure: coins, fees, building per chain, collecting signatures; and the port to the chain."""
