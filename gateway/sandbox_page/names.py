"""Names the suites' sections, verdicts and results in the reader's language."""

from tiyin_sandbox.engine.results import Verdict

from gateway.web import Translator


def section_name(section: str, translator: Translator) -> str:
    """The suites name their menu's sections in Russian only, as the cabinets do."""
    return {
        "Неверные данные": translator.gettext("Wrong data"),
        "Платежные запросы": translator.gettext("Payment requests"),
        "Сверх песочницы": translator.gettext("Beyond the sandbox"),
        "Проверки Click": translator.gettext("Click's own tests"),
        "Сверх проверок Click": translator.gettext("Beyond Click's own tests"),
    }.get(section, section)


def verdict_name(verdict: Verdict, translator: Translator) -> str:
    return {
        Verdict.PASSED: translator.gettext("Passed"),
        Verdict.FAILED: translator.gettext("Failed"),
        Verdict.SKIPPED: translator.gettext("Skipped"),
    }[verdict]


def result(passed: int, failed: int, translator: Translator) -> str:
    """One line for a whole run. It counts what its own word names: a failed run says how many tests failed."""
    total = passed + failed
    if failed:
        return translator.gettext("Failed: %(failed)d of %(total)d", failed=failed, total=total)
    if passed:
        return translator.gettext("Passed: %(passed)d of %(total)d", passed=passed, total=total)
    return verdict_name(Verdict.SKIPPED, translator)
