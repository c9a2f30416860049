"""Texts of others are made fit for a terminal here."""


def printable(text: str) -> str:
    """Escape what a terminal would act upon: a caller or a payer may have written it."""
    if text.isprintable():
        return text
    return "".join(each if each.isprintable() else each.encode("unicode_escape").decode() for each in text)
