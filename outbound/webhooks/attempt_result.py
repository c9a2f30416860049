"""The result of an attempt says what came of it for its delivery: whether it is tried again, and when."""

import random
from datetime import datetime, timedelta

from core import Claim, Result
from outbound.webhooks.schedule import read_retry_after, wait_seconds
from outbound.webhooks.sending import DeliveryAttempt


def result_of(claim: Claim, attempt: DeliveryAttempt, at: datetime) -> Result:
    """Return what is to be settled. `at`: when the attempt began, by the database's clock."""
    asked = read_retry_after(attempt.retry_after, at)
    wait = wait_seconds(claim.tries + 1, random.random(), asked)  # noqa: S311 - no secret
    return Result(
        claim=claim,
        outcome=attempt.outcome,
        at=at,
        milliseconds=attempt.milliseconds,
        retry_in=None if wait is None else timedelta(seconds=wait),
        asked_pause=None if asked is None else timedelta(seconds=asked),
        status=attempt.status,
        note=attempt.note,
        answer=attempt.answer,
        address=attempt.address,
    )
