"""A program that tiyin starts sees what it needs of the environment, and no setting: among these are the secrets."""

import os
from typing import Final

FOR_ALL: Final = frozenset(
    {"PATH", "HOME", "USER", "LOGNAME", "SHELL", "TMPDIR", "TZ", "TZDIR", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH"}
    | {"LD_PRELOAD", "NSS_WRAPPER_PASSWD", "NSS_WRAPPER_GROUP"}
)
"""The last three name the user, in containers that run as one whom the system does not know."""
AT_A_TERMINAL: Final = frozenset(
    {"TERM", "TERMINFO", "TERMINFO_DIRS", "COLORTERM", "NO_COLOR", "COLUMNS", "LINES", "LANG", "LANGUAGE", "INPUTRC"}
    | {"PAGER", "LESS", "LESSCHARSET", "EDITOR", "VISUAL", "DISPLAY", "WAYLAND_DISPLAY", "XAUTHORITY"}
    | {"XDG_CONFIG_HOME", "XDG_RUNTIME_DIR", "KRB5CCNAME", "KRB5_CONFIG", "SSL_CERT_FILE", "SSL_CERT_DIR"}
)
"""So that a person feels at home: their language, pager and editor, and what an editor with a window needs."""

AT_A_TERMINAL_PREFIXES: Final = ("LC_", "PSQL", "PG")
"""Of psql and libpq: how a database is reached may be said there, too."""


def child_environment(*, terminal: bool = False, **more: str) -> dict[str, str]:
    """Return what a program may see, with `more` beside it. `terminal`: a person uses it."""

    def may_see(name: str) -> bool:
        return name in FOR_ALL or (terminal and (name in AT_A_TERMINAL or name.startswith(AT_A_TERMINAL_PREFIXES)))

    return {name: value for name, value in os.environ.items() if may_see(name)} | more
