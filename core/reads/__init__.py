"""What is read without locks: payability, reports, statements."""
