"""What the core does by itself as time passes."""
