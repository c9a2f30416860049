"""Columns of two kinds stand in most tables: a word of a vocabulary, and a moment."""

from collections.abc import Iterable
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, Column, DateTime, Text


def word(column: str, words: Iterable[StrEnum], **more: Any) -> tuple[Column[str], CheckConstraint]:
    """Make a text column that holds one word of a vocabulary."""
    allowed = ", ".join(f"'{word}'" for word in words)
    return Column(column, Text, **more), CheckConstraint(f"{column} IN ({allowed})", name=f"{column}_word")


def moment(column: str, **more: Any) -> Column[Any]:
    return Column(column, DateTime(timezone=True), **more)
