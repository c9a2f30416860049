"""Waits for a key between two runs."""

import sys

from rich.console import Console


def wants_another_run(console: Console) -> bool:
    """Ask whether to run once more: q, Ctrl-C or the end of the input say no."""
    console.print("\nAny key runs it again, q ends.", style="dim")
    try:
        key = _read_key()
    except (EOFError, KeyboardInterrupt):
        return False
    return key not in ("", "q", "Q", "\x03", "\x04")


def _read_key() -> str:
    """Read one key where there is a terminal, one line where there is none."""
    if not sys.stdin.isatty():
        line = sys.stdin.readline()
        return line.strip() or ("\n" if line else "")
    try:
        import termios
        import tty
    except ImportError:  # Windows
        return input() or "\n"
    before = termios.tcgetattr(sys.stdin)
    try:
        tty.setcbreak(sys.stdin)
        return sys.stdin.read(1)
    finally:
        termios.tcsetattr(sys.stdin, termios.TCSADRAIN, before)
