"""This package reads without locks: payability, reports, statements."""
