"""A service is what one shop has agreed with Click."""

from dataclasses import dataclass, field

from inbound.allow_list import AllowList


@dataclass(frozen=True, slots=True)
class Service:
    shop: str
    """Whose orders it sees: the shop's, or those of its test mode."""
    service_id: int
    merchant_id: int | None
    """Only needed for links."""
    secret_key: str = field(repr=False)
    merchant_user_id: int | None
    playground: bool
    """Click's test page, which runs in a browser on Click's own site, may call us."""
    allow_list: AllowList
    previous_key: str | None = field(default=None, repr=False)
    """While the key is being changed: the one before."""

    @property
    def accepted_keys(self) -> tuple[str, ...]:
        """An empty key is none: anybody could sign with it."""
        return tuple(key for key in (self.secret_key, self.previous_key) if key)
