"""What the methods of the deliberately wrong gateway refuse with."""

from typing import Any, Final

FIELD: Final = "order_id"
"""The account's field, as it is named in Payme's cabinet."""


class Refused(Exception):  # noqa: N818 - an answer on its way out
    """Ends a call with one of Payme's errors."""

    def __init__(self, code: int, data: Any = None) -> None:
        super().__init__(code)
        self.code = code
        self.data = data

    def to_json(self) -> dict[str, Any]:
        message = {"ru": "Невозможно", "uz": "Mumkin emas", "en": "Impossible"}
        return {"code": self.code, "message": message} | ({} if self.data is None else {"data": self.data})


class Crash(Exception):  # noqa: N818 - a fault on purpose
    """Ends a call with an HTTP status and no answer of Payme's or Click's."""

    def __init__(self, status: int = 500, content_type: str = "text/plain") -> None:
        super().__init__(status)
        self.status = status
        self.content_type = content_type


def account_error(code: int) -> Refused:
    """The order's fault: the answer names the field."""
    return Refused(code, FIELD)
