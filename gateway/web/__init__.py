"""The web kit gives a page for people its frame, policy headers, same-site check, static files and language.

It knows no page's subject and imports no other part of tiyin: a page makes its application with `page_application`,
adds its routes, and answers with `page`.
"""

from gateway.web.application import page_application
from gateway.web.languages import LANGUAGES, Language
from gateway.web.pages import page, translator_of
from gateway.web.translations import Translator

__all__ = ["LANGUAGES", "Language", "Translator", "page", "page_application", "translator_of"]
