"""Translates what a page says, from gettext catalogues that are compiled in memory when the page is set up.

The .po files are the only copy: an edit is in force after a restart, and no build step can be forgotten.
"""

from gettext import GNUTranslations
from importlib.resources import files
from io import BytesIO

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from gateway.web.languages import LANGUAGES, Language


class Translator:
    """Speaks one language. Messages are English sentences; one that no catalogue holds is said in English."""

    def __init__(self, language: Language, catalogue: GNUTranslations) -> None:
        self.language = language
        self.catalogue = catalogue

    def gettext(self, message: str, **values: object) -> str:
        """The values fill the message's `%(name)s`. Without any a per cent sign stands for itself."""
        translated = self.catalogue.gettext(message)
        return translated % values if values else translated

    def ngettext(self, singular: str, plural: str, num: int, **values: object) -> str:
        """The plural form for `num`, which also fills `%(num)d`, as it does in templates."""
        return self.catalogue.ngettext(singular, plural, num) % {"num": num, **values}


def load_translators(*packages: str) -> dict[Language, Translator]:
    """Read `locale/<language>/LC_MESSAGES/messages.po` of each package; the first that has a message translates it."""
    return {language: Translator(language, _load(language, packages)) for language in LANGUAGES}


def _load(language: Language, packages: tuple[str, ...]) -> GNUTranslations:
    first, *others = (_compile(language, package) for package in packages)
    for other in others:
        first.add_fallback(other)
    return first


def _compile(language: Language, package: str) -> GNUTranslations:
    source = files(package).joinpath("locale", language, "LC_MESSAGES", "messages.po").read_bytes()
    compiled = BytesIO()
    write_mo(compiled, read_po(BytesIO(source), locale=language, abort_invalid=True))
    compiled.seek(0)
    return GNUTranslations(compiled)
