"""One pass over each table, whose sums of hashes tell whether rows of two tables match, without joining them.

Every line of a sum stands for one fact, and the other table must know the same facts: equal sums, equal facts (but for
one chance in 2^64). A few seconds for what takes minutes as joins, and no memory, however many rows there are.
"""
