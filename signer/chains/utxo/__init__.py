"""What every coin of Bitcoin's family shares: PSBTs, scripts, accounts. A coin is parameters plus one line.

The folders `bitcoin`, `litecoin`, ... hold only their parameters, so that they stay independent of each other; the file
names of the design (read, inspect, tasks, attach, address) are here once instead of once a coin.
"""
