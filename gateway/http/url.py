"""A URL is made of a host and a port."""


def url_of(host: str, port: int) -> str:
    """An address of IPv6 stands in brackets there."""
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
