"""Lists what people read of a wrong answer: what was sent, what came, what it must be, why it may be."""

from tiyin_sandbox.engine.results import StepResult


def parts_of(step: StepResult) -> list[tuple[str, str]]:
    """Return labels and texts, without those that say nothing. The step's own name is the reader's title."""
    status = "" if step.answer_status is None else f"HTTP {step.answer_status}\n"
    parts = (
        ("sent", step.request),
        ("answer", status + (step.answer_text or "nothing")),
        ("expected", step.expected),
        ("wrong", step.why),
        ("cause", step.cause and step.cause.text),
        ("fix", step.cause and step.cause.fix),
    )
    return [(label, text) for label, text in parts if text]
