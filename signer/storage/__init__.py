"""Floor 1: files that survive a power cut. What vault and journal both need of a disk, and neither owns."""
