"""The catalogues: whole in every language, and as the code and the templates need them."""

import re
from collections.abc import Iterator

import pytest
from babel import Locale
from babel.messages.catalog import Message
from babel.messages.checkers import checkers
from tiyin_sandbox.click.suites import CLICK
from tiyin_sandbox.payme.suites import PAYME

from gateway.sandbox_page.names import section_name
from gateway.web import LANGUAGES
from gateway.web.application import KIT
from gateway.web.translations import load_translators
from tests.gateway.web.catalogues import PACKAGES, ROOT, catalogue, catalogues, used
from tests.gateway.web.conftest import EXAMPLE

PLACEHOLDER = re.compile(r"%\((\w+)\)[a-z]|%(?!\()")
BOTH = pytest.mark.parametrize(("package", "language"), list(catalogues()))


def messages(package: str, language: str) -> list[Message]:
    return [message for message in catalogue(package, language) if message.id]


def forms(message: Message) -> list[str]:
    return [message.string] if isinstance(message.string, str) else list(message.string)


def ids(message: Message) -> list[str]:
    return [message.id] if isinstance(message.id, str) else list(message.id)


def test_every_package_with_catalogues_is_looked_at():
    found = {path.parent.relative_to(ROOT).as_posix() for path in ROOT.glob("[!.]*/**/locale")}
    assert found - {"tests/gateway/web/example"} == set(PACKAGES)


@BOTH
def test_a_catalogue_holds_what_code_and_templates_say_and_nothing_else(package, language):
    assert {message.id for message in messages(package, language)} == {m.id for m in used(package) if m.id}


@BOTH
def test_every_message_is_translated_and_none_is_a_guess(package, language):
    for message in messages(package, language):
        assert all(form.strip() for form in forms(message)), message.id
        assert not message.fuzzy, message.id


@BOTH
def test_translations_have_the_placeholders_of_their_message(package, language):
    translated = catalogue(package, language)
    for message in messages(package, language):
        for form in forms(message):
            assert sorted(PLACEHOLDER.findall(form)) == sorted(PLACEHOLDER.findall(ids(message)[-1])), message.id
        for check in checkers:
            check(translated, message)


@BOTH
def test_plural_forms_are_the_language_s_own(package, language):
    """As CLDR counts: by category, for every number that could tell two of them apart."""
    translated = catalogue(package, language)
    category = Locale(language).plural_form
    form = load_translators(package.replace("/", "."))[language].catalogue.plural  # type: ignore[attr-defined]
    categories = {category(number) for number in range(1000)}
    assert len(categories) == translated.num_plurals
    assert len({(category(number), form(number)) for number in range(1000)}) == len(categories)
    for message in messages(package, language):
        assert isinstance(message.id, str) or len(forms(message)) == translated.num_plurals, message.id


@BOTH
def test_no_translation_holds_markup(package, language):
    """A template takes a translation for markup, so that it may fill in what is escaped."""
    assert [message.id for message in messages(package, language) if re.search("[<>&]", "".join(forms(message)))] == []


def test_english_translates_to_itself():
    for package in PACKAGES:
        for message in messages(package, "en"):
            assert forms(message) == ids(message)


def extracted_sections() -> Iterator[str]:
    return (group.section for suite in (PAYME, CLICK) for group in suite.groups)


def test_every_section_of_the_suites_has_a_name_in_every_language():
    translators = load_translators(KIT, "gateway.sandbox_page")
    for section in extracted_sections():
        names = [section_name(section, translators[language]) for language in LANGUAGES]
        assert names[0] == section
        assert len(set(names)) == len(LANGUAGES)


# --- Speaking ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("language", "number", "text"),
    [
        ("ru", 1, "1 товар"),
        ("ru", 2, "2 товара"),
        ("ru", 5, "5 товаров"),
        ("ru", 11, "11 товаров"),
        ("ru", 21, "21 товар"),
        ("uz", 1, "1 ta tovar"),
        ("uz", 5, "5 ta tovar"),
        ("en", 1, "1 item"),
        ("en", 0, "0 items"),
    ],
)
def test_a_number_takes_its_plural(language, number, text):
    assert load_translators(KIT, EXAMPLE)[language].ngettext("%(num)d item", "%(num)d items", number) == text


def test_a_page_s_catalogue_stands_beside_the_kit_s():
    translator = load_translators(KIT, EXAMPLE)["ru"]
    assert [translator.gettext(message) for message in ("Language", "Items")] == ["Язык", "Товары"]


def test_a_message_without_a_translation_is_said_in_english():
    assert load_translators(KIT)["uz"].gettext("100% new: %(name)s") == "100% new: %(name)s"


def test_values_fill_a_message():
    assert load_translators(KIT)["en"].gettext("%(passed)d of %(total)d", passed=2, total=3) == "2 of 3"
