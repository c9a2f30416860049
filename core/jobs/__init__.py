"""Jobs are what the core does by itself as time passes."""
