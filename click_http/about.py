"""Says which order and which payment a call is about, as far as its fields can be read: signed or not."""

from collections.abc import Mapping

from click_http.wire import int64
from inbound.account_text import is_account_text
from inbound.exchange import About
from schema.click_ids import attempt_id


def read_about(fields: Mapping[str, str]) -> About:
    account = fields.get("merchant_trans_id", "")
    if not is_account_text(account):
        return About()
    service_id, click_trans_id = (int64(fields.get(name, "")) for name in ("service_id", "click_trans_id"))
    if service_id is None or click_trans_id is None:
        return About(account)
    return About(account, attempt_id(service_id, click_trans_id, account))
