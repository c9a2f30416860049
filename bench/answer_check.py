"""A life checks each answer with these words, and raises what is not as it has to be."""


class WrongError(Exception):
    """The answer is wrong; the text says how."""


class TryAgainError(Exception):
    """The answer asks to try again, and the payer has no more patience."""


def must(right: bool, otherwise: str) -> None:
    if not right:
        raise WrongError(otherwise)
