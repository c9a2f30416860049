"""Makes and checks Click's signature: MD5 over the texts exactly as they came, never over parsed values."""

import hashlib
import hmac

from click_http.wire import COMPLETE, Form


def signature(form: Form, secret_key: str) -> str:
    """What `sign_string` must be. The prepare id is part of it in Complete only, though Prepare may carry an empty one.

    error, error_note and click_paydoc_id are not covered; sign_time is, but says nothing about freshness.
    """
    texts = (
        form.click_trans_id,
        form.service_id,
        secret_key,
        form.merchant_trans_id,
        form.merchant_prepare_id if form.action == COMPLETE else "",
        form.amount,
        form.action,
        form.sign_time,
    )
    return hashlib.md5("".join(texts).encode(), usedforsecurity=False).hexdigest()


def is_signed(form: Form, *secret_keys: str) -> bool:
    """With one of the keys; in either case of letters, and in constant time."""
    signed = form.sign_string.lower().encode()
    matches = [hmac.compare_digest(signature(form, key).encode(), signed) for key in secret_keys]  # all of them
    return any(matches)
