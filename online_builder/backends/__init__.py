"""Where the chain is seen from: one file for each source, all behind `online_builder.plan.ports.Backend`."""
