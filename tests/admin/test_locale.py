"""Every text for people is translated into Polish, and the compiled catalogue is that of the readable one.

Needs no gettext tools: the syntax tree tells the texts of the source, Django those of templates.
"""

from __future__ import annotations

import ast
import gettext
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from django.test import Client
from django.utils.translation import gettext as translated
from django.utils.translation import override
from django.utils.translation.template import templatize

import getresponse_django
from getresponse_django.admin.accounts.progress import progress_url
from getresponse_django.models import Account, Contact, CustomField, Newsletter, PullRun, Statistic
from tests.admin.conftest import list_url, page_url

PACKAGE = Path(getresponse_django.__file__).parent
CATALOGUE = PACKAGE / "locale" / "pl" / "LC_MESSAGES" / "django.po"
FORMS = 4
"""Of a Polish plural, with fractions."""

SINGULAR, PLURAL = {"_", "gettext", "gettext_lazy"}, {"ngettext", "ngettext_lazy"}
CONTEXT = {"pgettext", "pgettext_lazy"}
CALL = re.compile(r"""\b(?:_|n?gettext)\((?:u?'(?:[^'\\]|\\.)*'|u?"(?:[^"\\]|\\.)*"|[\w\s,])*\)""")
"""A call in the code that Django makes of a template."""

PLACEHOLDER = re.compile(r"%(?:\(\w+\))?[sd]")


class Text(NamedTuple):
    """One text to translate."""

    text: str
    plural: str = ""
    context: str = ""

    def key(self, form: int = 0) -> object:
        """As a compiled catalogue names its translation."""
        text = f"{self.context}\x04{self.text}" if self.context else self.text
        return (text, form) if self.plural else text


def texts_of_code(source: str) -> Iterator[Text]:
    """The texts that calls of gettext name."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            constants = [arg.value for arg in node.args if isinstance(arg, ast.Constant)]
            given = [value for value in constants if isinstance(value, str)]
            if node.func.id in SINGULAR and given:
                yield Text(given[0])
            elif node.func.id in PLURAL:
                yield Text(given[0], plural=given[1])
            elif node.func.id in CONTEXT:
                yield Text(given[1], context=given[0])


def texts_of_template(source: str) -> Iterator[Text]:
    """The texts of translate and blocktranslate, by way of the code that makemessages reads."""
    yield from texts_of_code("\n".join(CALL.findall(templatize(source))))


def all_texts() -> set[Text]:
    unseen = {"sandbox", "migrations"}
    code = (path for path in PACKAGE.rglob("*.py") if unseen.isdisjoint(path.parts))
    found = {text for path in code for text in texts_of_code(path.read_text())}
    templates = PACKAGE.rglob("templates/**/*.html")
    return found | {text for path in templates for text in texts_of_template(path.read_text())}


def compiled() -> dict[object, str]:
    """Key -> translation of the compiled catalogue."""
    with CATALOGUE.with_suffix(".mo").open("rb") as file:
        return dict(gettext.GNUTranslations(file)._catalog)  # type: ignore[attr-defined]  # there is no public way


def readable() -> dict[object, str]:
    """Key -> translation of the readable catalogue."""
    found: dict[object, str] = {}
    for block in CATALOGUE.read_text().split("\n\n"):
        parts = {
            keyword: "".join(ast.literal_eval(line) for line in quoted.splitlines())
            for keyword, quoted in re.findall(r'^(msg[\w\[\]]+) ((?:".*"\n?)+)', block, re.MULTILINE)
        }
        text = Text(parts["msgid"], parts.get("msgid_plural", ""), parts.get("msgctxt", ""))
        for keyword, translation in parts.items():
            if keyword.startswith("msgstr"):
                found[text.key(int(keyword.strip("msgtr[]") or 0))] = translation
    return found


def test_texts_are_found_in_code_and_templates() -> None:
    source = 'f(_("a"), ngettext("b", "bs", n), pgettext("where", "c"), gettext("d" "e"), other("f"))'
    assert set(texts_of_code(source)) == {Text("a"), Text("b", "bs"), Text("c", context="where"), Text("de")}
    template = (
        '{% load i18n %}{% translate "a b" %}{% blocktranslate %}{{ n }} c{% endblocktranslate %}'
        "{% blocktranslate count n=n %}one{% plural %}many{% endblocktranslate %}"
    )
    assert set(texts_of_template(template)) == {Text("a b"), Text("%(n)s c"), Text("one", "many")}
    assert len(all_texts()) > 300


def test_every_text_is_translated() -> None:
    known = compiled()
    forms = {text: range(FORMS) if text.plural else range(1) for text in all_texts()}
    assert [text for text, numbers in forms.items() if not all(known.get(text.key(n)) for n in numbers)] == []


def test_the_catalogue_has_no_texts_that_nobody_uses_any_more() -> None:
    used = {text.key(form) for text in all_texts() for form in range(FORMS if text.plural else 1)}
    assert readable().keys() - used == {""}


def test_the_compiled_catalogue_is_that_of_the_readable_one() -> None:
    assert compiled() == readable()


def test_no_translation_is_unsure() -> None:
    assert "fuzzy" not in CATALOGUE.read_text()


def test_translations_keep_their_placeholders() -> None:
    wrong = {
        key: translation
        for key, translation in readable().items()
        if key and sorted(PLACEHOLDER.findall(translation)) != sorted(PLACEHOLDER.findall(str(key)))
    }
    assert wrong == {}


@pytest.mark.parametrize(
    ("language", "headline"),
    [("en", "The same here and in GetResponse"), ("pl", "Tak samo tutaj i w GetResponse")],
)
def test_pages_speak_the_language_of_the_site(
    admin_client: Client, contact: Contact, settings: object, language: str, headline: str
) -> None:
    settings.LANGUAGE_CODE = language  # type: ignore[attr-defined]
    assert headline in admin_client.get(page_url(contact)).content.decode()


def test_what_was_pulled_is_said_in_the_language_of_the_site(
    admin_client: Client, account: Account, settings: object
) -> None:
    settings.LANGUAGE_CODE = "pl"  # type: ignore[attr-defined]
    run = PullRun.objects.begin(account, "fields")
    assert run is not None
    for url in (page_url(run), list_url(PullRun), progress_url(account.pk), page_url(account)):
        content = admin_client.get(url).content.decode()
        assert ">pola<" in content, url
        assert ">fields<" not in content, url


def test_what_has_two_meanings_or_one_keeps_as_many_words() -> None:
    with override("pl"):
        of_message, of_statistic = (
            str(model._meta.get_field("subject").verbose_name) for model in (Newsletter, Statistic)
        )
        assert (of_message, of_statistic) == ("temat", "przedmiot")
        fields = str(CustomField._meta.verbose_name_plural)
        assert fields.capitalize() == translated("Custom fields").capitalize()
