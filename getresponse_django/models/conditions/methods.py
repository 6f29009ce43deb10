"""How a contact was subscribed, in words."""

from __future__ import annotations

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from .phrases import Json, Names

PLAIN_METHOD_WORDS = {
    "api": _("subscribed by the API"),
    "email": _("subscribed by e-mail"),
    "panel": _("subscribed in the panel"),
    "mobile": _("subscribed by the mobile application"),
    "survey": _("subscribed by a survey"),
    "sales": _("subscribed by a sale"),
    "copy": _("was copied from another list"),
    "leads": _("subscribed as a lead"),
    "chat": _("subscribed by a chat"),
    "course": _("subscribed by a course"),
    "premium_newsletter": _("subscribed by a premium newsletter"),
}
SOURCED_METHOD_WORDS = {
    "import": (_("subscribed by an import"), _("subscribed by the import %(source)s")),
    "landing_page": (_("subscribed by a landing page"), _("subscribed by the landing page %(source)s")),
    "webinar": (_("subscribed by a webinar"), _("subscribed by the webinar %(source)s")),
    "website_builder_elegant": (_("subscribed by a website"), _("subscribed by the website %(source)s")),
}
"""method -> for all of its sources, for one of them."""


def subscription_method(condition: Json, names: Names) -> str:
    """By which way it came."""
    method, source = condition["method"], condition.get("value", "all")
    if method == "webform":
        return form(condition["webformType"], source)
    if method in PLAIN_METHOD_WORDS:
        return str(PLAIN_METHOD_WORDS[method])
    of_any, of_one = SOURCED_METHOD_WORDS[method]
    return str(of_any) if source == "all" else str(of_one) % {"source": source}


def form(kind: str, source: str) -> str:
    """By a form of a kind."""
    if kind == "all":
        return gettext("subscribed by a form")
    if source == "all":
        return gettext("subscribed by a form of the kind %(kind)s") % {"kind": kind}
    return gettext("subscribed by the form %(source)s") % {"source": source}
