"""A text is written into SQL as a literal, for a message that takes no parameters."""


def literal(text: str) -> str:
    """Write it so that the server reads this text again, whatever `standard_conforming_strings` is set to there."""
    if "\0" in text:
        raise ValueError("PostgreSQL keeps no text with a NUL character")
    doubled = text.replace("\\", "\\\\").replace("'", "''")
    return f"E'{doubled}'"
