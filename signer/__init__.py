"""Kinko's offline signer: everything the appliance carries."""
