"""An outcome is what a state table has for a state and a verb."""

from dataclasses import dataclass
from typing import Generic, TypeVar

from core.domain.refusals import Refusal

S = TypeVar("S")


@dataclass(frozen=True, slots=True)
class To(Generic[S]):
    """The verb leads to this state (which may be the one it is in: the verb is recorded all the same)."""

    state: S


@dataclass(frozen=True, slots=True)
class Same:
    """The verb is a repeat, or does not concern it: the state stays and nothing is recorded."""


@dataclass(frozen=True, slots=True)
class No:
    """The verb is refused with this word."""

    refusal: Refusal
