"""docs/webhooks.md says of each type of events what is published of it."""

from pathlib import Path

from merchant_api.event_examples import EXAMPLES
from schema.event_types import SENTENCES

PAGE = Path(__file__).parent.parent.parent / "docs" / "webhooks.md"


def test_each_type_is_in_the_table_with_its_sentence_and_states():
    lines = PAGE.read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if line.startswith(("| `payment.", "| `order.", "| `refund."))] == [
        row(event) for event in SENTENCES
    ]


def row(event):
    data = EXAMPLES[event]["data"]
    payment = f"`{data['payment']['state']}`" if data["payment"] else "null"
    return f"| `{event}` | {SENTENCES[event]} | `{data['order']['state']}` | {payment} |"
