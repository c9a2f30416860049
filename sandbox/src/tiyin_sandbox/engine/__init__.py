"""The engine runs checks of any protocol against any gateway, and reports what failed and why."""
