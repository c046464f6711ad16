"""Process 1 of the appliance: mounts, checks, opens the data partition, starts the services and keeps them running."""
