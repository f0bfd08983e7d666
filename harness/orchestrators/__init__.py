"""Who takes part: manifests, discovery, the driver's protocol, and the source lines of each orchestrator."""
