"""Floor 2, below the desk: what is held against what: responses and journals, the chain, other people's money."""
