"""This room reads without locks: payability, reports, statements."""
