"""What must hold of the books, a query for each: its rows are what is wrong, at most `:limit` of them."""
