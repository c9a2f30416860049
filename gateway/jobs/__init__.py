"""What the gateway does by itself as time passes."""
