"""Reports of a run: a table in the terminal, JSON, JUnit, one page of HTML."""
