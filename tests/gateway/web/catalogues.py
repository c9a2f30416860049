"""Writes every message that code and templates use into the catalogues: `make translations`, or this module run.

A new message comes with an empty translation, which the tests refuse; one that nobody uses any more goes.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from babel import Locale
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from gateway.web import LANGUAGES, Language

ROOT: Final = Path(__file__).parents[3]
PACKAGES: Final = ("gateway/web", "gateway/sandbox_page")
"""Each has catalogues of its own, which go with it wherever it goes."""

UNDATED: Final = datetime(2026, 1, 1, tzinfo=UTC)
"""The history of these files is git's; a date that each writing changes would only make conflicts."""

METHODS: Final = [("**.py", "python"), ("**/templates/**.html", "jinja2")]
OPTIONS: Final = {"**/templates/**.html": {"silent": "false", "extensions": "jinja2.ext.i18n"}}


def used(package: str) -> Catalog:
    """The messages that the package uses, each with the files that use it."""
    template = Catalog()
    extracted = extract_from_dir(ROOT / package, METHODS, OPTIONS)
    for name, _, message, comments, context in sorted(extracted, key=lambda found: found[:2]):
        template.add(message, None, [(f"{package}/{name}", 0)], auto_comments=comments, context=context)
    return template


def catalogue_path(package: str, language: Language) -> Path:
    return ROOT / package / "locale" / language / "LC_MESSAGES" / "messages.po"


def catalogue(package: str, language: Language) -> Catalog:
    with catalogue_path(package, language).open("rb") as file:
        return read_po(file, locale=language, abort_invalid=True)


def catalogues() -> Iterator[tuple[str, Language]]:
    return ((package, language) for package in PACKAGES for language in LANGUAGES)


def _new(language: Language) -> Catalog:
    """The plural forms in its header are CLDR's, from Babel."""
    return Catalog(
        locale=language,
        project="tiyin",
        version="0.1",
        header_comment=f"# tiyin in {Locale(language).english_name}.",
        msgid_bugs_address="the issue tracker",
        last_translator="the authors of tiyin",
        language_team="the authors of tiyin",
        creation_date=UNDATED,
        revision_date=UNDATED,
        fuzzy=False,
    )


def update(package: str, language: Language) -> None:
    path = catalogue_path(package, language)
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as file:
            write_po(file, _new(language))
    translated = catalogue(package, language)
    translated.update(used(package), no_fuzzy_matching=True, update_creation_date=False)
    with path.open("wb") as file:
        write_po(file, translated, width=120, ignore_obsolete=True, include_lineno=False)


if __name__ == "__main__":
    for package, language in catalogues():
        update(package, language)
