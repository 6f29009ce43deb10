"""Each type of condition in words. A clause is told of conditions only that the grammar takes."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from .methods import subscription_method
from .phrases import UNTIL_NOW, Json, Names, at, compared, date_of, detailed, message_of, quoted
from .purchases import abandoned_cart, brand, number_of_purchases, product, total_spent

Clause = Callable[[Json, Names], str]

PLACE_WORDS = {
    "country": _("the country"),
    "country_code": _("the country code"),
    "region": _("the region"),
    "city": _("the city"),
    "longitude": _("the longitude"),
    "latitude": _("the latitude"),
    "postal_code": _("the postal code"),
    "dma_code": _("the DMA code"),
}
ROLES = {
    "host": _("host"),
    "listener": _("listener"),
    "presenter": _("presenter"),
    "registrant": _("registrant"),
}
CONSENTS = {
    "given": (_("gave the consent %(field)s"), _("gave the consent %(field)s %(when)s")),
    "not_given": (_("did not give the consent %(field)s"), _("did not give the consent %(field)s %(when)s")),
}
NOT_OPENED_ANY = (_("never opened any message"), _("did not open any message %(when)s"))
NOT_OPENED = (_("never opened %(message)s"), _("did not open %(message)s %(when)s"))
NOT_CLICKED_ANY = (_("never clicked a link"), _("did not click a link %(when)s"))
NOT_CLICKED = (
    _("never clicked a link of %(message)s"),
    _("did not click a link of %(message)s %(when)s"),
)
NOT_CLICKED_LINK = (
    _("never clicked the link %(link)s of %(message)s"),
    _("did not click the link %(link)s of %(message)s %(when)s"),
)
"""Each: at no time at all, and during some time."""

TEXT_MESSAGES = {
    "any": _("was sent the text message %(sms)s"),
    "delivered": _("received the text message %(sms)s"),
    "undelivered": _("was sent the text message %(sms)s and did not receive it"),
}


def comparison(what: object, condition: Json, names: Names) -> str:
    """Something called ``what``, compared."""
    return compared(condition["operator"], what, condition.get("value", ""))


def custom(condition: Json, names: Names) -> str:
    """The value of a custom field."""
    scope, operator = condition["scope"], condition["operator"]
    what = names.get(("custom_field", scope)) or gettext("the custom field %(id)s") % {"id": scope}
    if operator in ("specific_date", "custom"):
        return gettext("%(what)s is %(when)s") % {"what": what, "when": date_of(condition)}
    return compared(operator, what, condition.get("value", ""))


def geo(condition: Json, names: Names) -> str:
    """A place."""
    return comparison(PLACE_WORDS[condition["scope"]], condition, names)


def subscription_date(condition: Json, names: Names) -> str:
    """When it subscribed."""
    return gettext("subscribed %(when)s") % {"when": date_of(condition)}


def last_date(recent: object, last: object, condition: Json, names: Names) -> str:
    """When something happened last; up to now it is enough that it happened."""
    operator = condition["operator"]
    period = condition["value"] if operator == "specific_date" else operator
    phrase = recent if period in UNTIL_NOW or operator == "date_from" else last
    return str(phrase) % {"when": date_of(condition)}


def reaction(phrase: object, condition: Json, names: Names) -> str:
    """What happened with a message."""
    return str(phrase) % {"message": message_of(condition["operator"], condition["value"], names)}


def clicked(condition: Json, names: Names) -> str:
    """Clicked a link of a message."""
    message, link = message_of(condition["operator"], condition["scope"], names), condition["clickTrackId"]
    if link == "all":
        return gettext("clicked a link of %(message)s") % {"message": message}
    return gettext("clicked the link %(link)s of %(message)s") % {"link": link, "message": message}


def not_opened(condition: Json, names: Names) -> str:
    """Did not open a message, or any."""
    return silence(NOT_OPENED_ANY if condition["operator"] == "all" else NOT_OPENED, condition, names)


def not_clicked(condition: Json, names: Names) -> str:
    """Did not click a link of a message, or of any, or one link."""
    if condition.get("clickTrackId", "all") != "all":
        return silence(NOT_CLICKED_LINK, condition, names)
    return silence(NOT_CLICKED_ANY if condition["operator"] == "all" else NOT_CLICKED, condition, names)


def silence(phrases: tuple[object, object], condition: Json, names: Names) -> str:
    """Nothing was done, at no time or for some time."""
    never, for_some_time = phrases
    value, include = condition.get("value"), condition.get("includeCurrentPeriod")
    when = at(condition["dateOperator"], value, days=value, including_today=include)
    kind, message_id = condition["operator"], condition.get("scope")
    message = gettext("any message") if kind == "all" else message_of(kind, message_id, names)
    said = {"message": message, "when": when, "link": condition.get("clickTrackId")}
    return str(for_some_time if when else never) % said


def phase(condition: Json, names: Names) -> str:
    """The day of the cycle."""
    if condition["operator"] == "assigned":
        return gettext("is in an autoresponder cycle")
    if condition["operator"] == "not_assigned":
        return gettext("is in no autoresponder cycle")
    return comparison(gettext("the day of the autoresponder cycle"), condition, names)


def webinar(condition: Json, names: Names) -> str:
    """Took part in a webinar."""
    said = {"webinar": condition["scope"]}
    if condition["webinarCondition"] == "participated":
        clause = gettext("took part in the webinar %(webinar)s") % said
    else:
        clause = gettext("did not take part in the webinar %(webinar)s") % said
    return detailed(clause, [str(ROLES.get(condition["contactType"], ""))])


def gdpr(condition: Json, names: Names) -> str:
    """Gave a consent."""
    timeless, timed = CONSENTS[condition["consentStatus"]]
    date = condition.get("consentDate", {"operator": "anytime"})
    when = at(date["operator"], date.get("date"))
    return str(timed if when else timeless) % {"field": condition["gdprFieldId"], "when": when}


def score(condition: Json, names: Names) -> str:
    """The scoring."""
    if condition["operatorType"] == "not_exists":
        return gettext("has no score")
    return comparison(gettext("the score"), condition, names)


def tag(condition: Json, names: Names) -> str:
    """Carries a tag."""
    said = {"tag": names.get(("tag", condition["value"]), condition["value"])}
    if condition["operator"] == "exists":
        return gettext("has the tag %(tag)s") % said
    return gettext("does not have the tag %(tag)s") % said


def goal(condition: Json, names: Names) -> str:
    """The value of a goal."""
    return comparison(gettext("the goal %(goal)s") % {"goal": condition["scope"]}, condition, names)


def crm(condition: Json, names: Names) -> str:
    """Is in a pipeline."""
    said = {"pipeline": condition["pipelineScope"], "stage": condition["stageScope"]}
    if said["stage"] == "all":
        return gettext("is in the pipeline %(pipeline)s") % said
    return gettext("is in the stage %(stage)s of the pipeline %(pipeline)s") % said


def sms_sent(condition: Json, names: Names) -> str:
    """Was sent a text message."""
    return TEXT_MESSAGES[condition.get("deliveryStatus", "any")] % {"sms": condition["smsId"]}


def sms_link(any_link: object, one_link: object, condition: Json, names: Names) -> str:
    """Clicked, or did not click, a link of a text message."""
    link = condition["clickTrackId"]
    return str(any_link if link == "all" else one_link) % {"link": link, "sms": condition["smsId"]}


def custom_event(condition: Json, names: Names) -> str:
    """Something happened, or did not."""
    said = {"event": condition["customEventId"]}
    if condition["occurrence"] == "occurred":
        clause = gettext("the event %(event)s occurred") % said
    else:
        clause = gettext("the event %(event)s did not occur") % said
    return detailed(clause, [at(condition["dateOperator"], condition.get("date"))])


CLAUSES: dict[str, Clause] = {
    "name": partial(comparison, _("the name")),
    "email": partial(comparison, _("the e-mail address")),
    "custom": custom,
    "subscription_date": subscription_date,
    "last_send_date": partial(
        last_date, _("was sent a message %(when)s"), _("was last sent a message %(when)s")
    ),
    "last_click_date": partial(last_date, _("clicked a link %(when)s"), _("last clicked a link %(when)s")),
    "last_open_date": partial(last_date, _("opened a message %(when)s"), _("last opened a message %(when)s")),
    "subscription_method": subscription_method,
    "opened": partial(reaction, _("opened %(message)s")),
    "sent": partial(reaction, _("was sent %(message)s")),
    "not_sent": partial(reaction, _("was not sent %(message)s")),
    "clicked": clicked,
    "not_opened": not_opened,
    "not_clicked": not_clicked,
    "phase": phase,
    "webinar": webinar,
    "geo": geo,
    "gdpr": gdpr,
    "score": score,
    "engagement_score": partial(comparison, _("the engagement score")),
    "tag": tag,
    "goal": goal,
    "crm": crm,
    "ecommerce_number_of_purchases": number_of_purchases,
    "ecommerce_total_spent": total_spent,
    "ecommerce_product_purchased": product,
    "ecommerce_brand_purchased": brand,
    "ecommerce_abandoned_cart": abandoned_cart,
    "sms_sent": sms_sent,
    "sms_link_clicked": partial(
        sms_link,
        _("clicked a link of the text message %(sms)s"),
        _("clicked the link %(link)s of the text message %(sms)s"),
    ),
    "sms_link_not_clicked": partial(
        sms_link,
        _("clicked no link of the text message %(sms)s"),
        _("did not click the link %(link)s of the text message %(sms)s"),
    ),
    "custom_event": custom_event,
}
"""conditionType -> its words; the same keys as the grammar's."""


def unknown(condition: Any) -> str:
    """Of a condition that cannot be read here, as much as can be said."""
    kind = condition.get("conditionType") if isinstance(condition, dict) else None
    return gettext("a condition of the type %(type)s") % {"type": quoted(kind or "?")}
