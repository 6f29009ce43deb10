"""Conditions as the API takes them (behaviour-newsletters.md section 1.5), each with its words."""

from __future__ import annotations

from typing import Any

Condition = dict[str, Any]

NAMES = {
    ("campaign", "C"): "customers",
    ("campaign", "P"): "partners of ours",
    ("custom_field", "F"): "city",
    ("custom_field", "B"): "birthday",
    ("tag", "T"): "vip",
    ("newsletter", "N"): "Autumn news",
    ("autoresponder", "A"): "Welcome",
}


def text(kind: str, operator: str, value: str, **more: Any) -> Condition:
    return {
        "conditionType": kind,
        "operatorType": "string_operator",
        "operator": operator,
        "value": value,
        **more,
    }


def number(kind: str, operator: str, **more: Any) -> Condition:
    return {"conditionType": kind, "operatorType": "numeric_operator", "operator": operator, **more}


def dated(kind: str, operator: str, value: str, **more: Any) -> Condition:
    return {
        "conditionType": kind,
        "operatorType": "date_operator",
        "operator": operator,
        "value": value,
        **more,
    }


def message(kind: str, operator: str, **more: Any) -> Condition:
    return {"conditionType": kind, "operatorType": "message_operator", "operator": operator, **more}


def silence(kind: str, operator: str, when: str, **more: Any) -> Condition:
    complex_ = {"operatorType": "complex_message_operator", "operator": operator, "dateOperator": when}
    return {"conditionType": kind, **complex_, **more}


def tag(operator: str, value: str = "T") -> Condition:
    return {"conditionType": "tag", "operatorType": "exists", "operator": operator, "value": value}


def by(method: str, **more: Any) -> Condition:
    return {"conditionType": "subscription_method", "method": method, **more}


def consent(status: str, **date: str) -> Condition:
    when = {"consentDate": date} if date else {}
    return {"conditionType": "gdpr", "gdprFieldId": "g", "consentStatus": status, **when}


def webinar(condition: str, role: str) -> Condition:
    return {"conditionType": "webinar", "scope": "w", "webinarCondition": condition, "contactType": role}


def sms(kind: str, **more: Any) -> Condition:
    return {"conditionType": kind, "smsId": "s", **more}


def event(occurrence: str, when: str, **more: Any) -> Condition:
    kind = {"conditionType": "custom_event", "customEventId": "e"}
    return {**kind, "occurrence": occurrence, "dateOperator": when, **more}


def purchases(kind: str, operator: str, value: float, date: Condition, **more: Any) -> Condition:
    return number(kind, operator, **{"scope": "all", "value": value, "date": date} | more)


def product(operator: str, when: str, **more: Any) -> Condition:
    scopes = {"shopScope": "all", "categoryScope": "all", "productScope": "all"}
    kind = {"conditionType": "ecommerce_product_purchased", "operatorType": "equal_operator"}
    return {**kind, "operator": operator, **scopes, "dateOperator": when, **more}


def brand(operator: str, scope: str = "all") -> Condition:
    kind = {"conditionType": "ecommerce_brand_purchased", "operatorType": "equal_operator"}
    return {**kind, "operator": operator, "scope": scope, "value": "Acme & Co"}


def cart(when: str, shop: str = "all", **more: Any) -> Condition:
    worth = {"currency": "EUR", "value": 50, "operator": "numeric_gt_eq"}
    kind = {"conditionType": "ecommerce_abandoned_cart", "shopScope": shop, "cartValue": worth}
    return {**kind, "dateOperator": when, **more}


NUMBER_OF, SPENT = "ecommerce_number_of_purchases", "ecommerce_total_spent"
EVER = {"operator": "anytime"}
LAST_DAYS = {"operator": "last_n_days", "numberOfDays": 10, "includeCurrentPeriod": False}
FIELD: Condition = {"scope": "F"}
BIRTHDAY: Condition = {"scope": "B"}
DAYS = "2026-04-01/2026-04-10"

EXAMPLES: list[tuple[Condition, str]] = [
    (text("name", "is", "Ann"), "the name is Ann"),
    (text("name", "is_not", "Ann"), "the name is not Ann"),
    (text("name", "contains", "van der"), "the name contains “van der”"),
    (text("name", "not_contains", ""), "the name does not contain “”"),
    (text("email", "starts", "info@"), "the e-mail address begins with info@"),
    (text("email", "not_starts", "info@"), "the e-mail address does not begin with info@"),
    (text("email", "ends", ".pl"), "the e-mail address ends with .pl"),
    (text("email", "not_ends", ".pl"), "the e-mail address does not end with .pl"),
    (text("custom", "is", "Gdańsk", **FIELD), "city is Gdańsk"),
    (text("custom", "is", "x", scope="?"), "the custom field ? is x"),
    (
        text("custom", "is_not", "Gdańsk", **FIELD) | {"operatorType": "string_operator_list"},
        "city is not Gdańsk",
    ),
    (
        {"conditionType": "custom", "operatorType": "string_operator", "operator": "assigned", **FIELD},
        "city has a value",
    ),
    (number("custom", "numeric_gt", value="12.5", **FIELD), "city is more than 12.5"),
    (number("custom", "not_assigned", **FIELD), "city has no value"),
    (dated("custom", "date_from", "2026-04-01", **BIRTHDAY), "birthday is 2026-04-01 or later"),
    (
        dated("custom", "date_to", "2026-04-01T10:00:00+0000", **BIRTHDAY),
        "birthday is “2026-04-01T10:00:00+0000” or earlier",
    ),
    (dated("custom", "specific_date", "this_month", **BIRTHDAY), "birthday is this month"),
    (
        dated("custom", "specific_date", "last_n_days", numberOfDays=1, **BIRTHDAY),
        "birthday is in the last 1 day",
    ),
    (dated("custom", "custom", DAYS, **BIRTHDAY), "birthday is from 2026-04-01 to 2026-04-10"),
    (
        {"conditionType": "custom", "operatorType": "date_operator", "operator": "assigned", **BIRTHDAY},
        "birthday has a value",
    ),
    (dated("subscription_date", "specific_date", "last_week"), "subscribed last week"),
    (dated("subscription_date", "date_to", "2026-04-01"), "subscribed until 2026-04-01"),
    (dated("last_send_date", "specific_date", "this_week"), "was sent a message this week"),
    (dated("last_send_date", "specific_date", "yesterday"), "was last sent a message yesterday"),
    (dated("last_open_date", "specific_date", "last_30_days"), "opened a message in the last 30 days"),
    (dated("last_open_date", "date_from", "2026-04-01"), "opened a message since 2026-04-01"),
    (dated("last_open_date", "date_to", "2026-04-01"), "last opened a message until 2026-04-01"),
    (dated("last_click_date", "specific_date", "today"), "clicked a link today"),
    (dated("last_click_date", "custom", DAYS), "last clicked a link from 2026-04-01 to 2026-04-10"),
    (by("api"), "subscribed by the API"),
    (by("copy"), "was copied from another list"),
    (by("import", value="all"), "subscribed by an import"),
    (by("import", value="i1"), "subscribed by the import i1"),
    (by("landing_page", value="p"), "subscribed by the landing page p"),
    (by("webinar", value="all"), "subscribed by a webinar"),
    (by("website_builder_elegant", value="u-1"), "subscribed by the website u-1"),
    (by("webform", webformType="all"), "subscribed by a form"),
    (by("webform", webformType="popups", value="all"), "subscribed by a form of the kind popups"),
    (by("webform", webformType="webformsv2", value="f"), "subscribed by the form f"),
    (message("opened", "newsletter", value="N"), "opened “Autumn news” (newsletter)"),
    (message("opened", "splittest", value="S"), "opened S (A/B test)"),
    (message("sent", "autoresponder", value="A"), "was sent Welcome (autoresponder)"),
    (message("not_sent", "automation", value="M"), "was not sent M (automation)"),
    (
        message("clicked", "newsletter", scope="N", clickTrackId="all"),
        "clicked a link of “Autumn news” (newsletter)",
    ),
    (
        message("clicked", "newsletter", scope="N", clickTrackId="k"),
        "clicked the link k of “Autumn news” (newsletter)",
    ),
    (silence("not_opened", "all", "never"), "never opened any message"),
    (
        silence("not_opened", "newsletter", "never", scope="N"),
        "never opened “Autumn news” (newsletter)",
    ),
    (
        silence("not_opened", "all", "last_n_days", value=90, includeCurrentPeriod=True),
        "did not open any message in the last 90 days and today",
    ),
    (
        silence("not_opened", "all", "date_from", value="2026-04-01"),
        "did not open any message since 2026-04-01",
    ),
    (
        silence("not_opened", "all", "last_7_days", includeCurrentPeriod=False),
        "did not open any message in the last 7 days",
    ),
    (silence("not_clicked", "all", "this_month"), "did not click a link this month"),
    (silence("not_clicked", "all", "never"), "never clicked a link"),
    (
        silence("not_clicked", "newsletter", "never"),
        "never clicked a link of any message (newsletter)",
    ),
    (
        silence("not_clicked", "autoresponder", "today", scope="A", clickTrackId="k"),
        "did not click the link k of Welcome (autoresponder) today",
    ),
    (
        silence("not_clicked", "autoresponder", "never", scope="A", clickTrackId="k"),
        "never clicked the link k of Welcome (autoresponder)",
    ),
    (number("phase", "numeric_gt_eq", value=7), "the day of the autoresponder cycle is at least 7"),
    (number("phase", "assigned"), "is in an autoresponder cycle"),
    (number("phase", "not_assigned"), "is in no autoresponder cycle"),
    (webinar("participated", "all"), "took part in the webinar w"),
    (webinar("not_participated", "host"), "did not take part in the webinar w (host)"),
    (text("geo", "is", "Poland", scope="country"), "the country is Poland"),
    (text("geo", "starts", "80-", scope="postal_code"), "the postal code begins with 80-"),
    (consent("given"), "gave the consent g"),
    (consent("not_given", operator="anytime"), "did not give the consent g"),
    (
        consent("given", operator="date_from", date="2026-04-01"),
        "gave the consent g since 2026-04-01",
    ),
    (number("score", "numeric_lt", value=-5), "the score is less than -5"),
    ({"conditionType": "score", "operatorType": "not_exists"}, "has no score"),
    (number("engagement_score", "numeric_eq", value=5), "the engagement score is 5"),
    (
        {"conditionType": "engagement_score", "operator": "numeric_not_eq", "value": 1},
        "the engagement score is not 1",
    ),
    (tag("exists"), "has the tag vip"),
    (tag("not_exists", "other"), "does not have the tag other"),
    (number("goal", "numeric_lt_eq", value=5, scope="o"), "the goal o is at most 5"),
    (number("goal", "not_assigned", scope="o"), "the goal o has no value"),
    ({"conditionType": "crm", "pipelineScope": "p", "stageScope": "all"}, "is in the pipeline p"),
    (
        {"conditionType": "crm", "pipelineScope": "p", "stageScope": "s"},
        "is in the stage s of the pipeline p",
    ),
    (purchases(NUMBER_OF, "numeric_gt", 3, EVER), "the number of purchases is more than 3"),
    (
        purchases(NUMBER_OF, "numeric_eq", 0, LAST_DAYS, scope="s1"),
        "the number of purchases is 0 (in the shop s1, in the last 10 days)",
    ),
    (
        purchases(SPENT, "numeric_gt_eq", 99.5, {"operator": "custom", "range": DAYS}, currency="EUR"),
        "the sum of purchases is at least 99.5 (EUR, from 2026-04-01 to 2026-04-10)",
    ),
    (product("is", "all_time"), "bought something"),
    (
        product("is_not", "last_month", shopScope="s1", categoryScope="c"),
        "bought nothing (in the category c, in the shop s1, last month)",
    ),
    (
        product("is", "last_n_days", productScope="p", numberOfDays=2, includeCurrentPeriod=True),
        "bought the product p (in the last 2 days and today)",
    ),
    (
        product("is_not", "date_to", productScope="p", value="2026-04-01"),
        "did not buy the product p (until 2026-04-01)",
    ),
    (brand("is"), "bought something of the brand “Acme & Co”"),
    (brand("not_is", "s1"), "bought nothing of the brand “Acme & Co” (in the shop s1)"),
    (cart("anytime"), "left a cart (the value is at least 50 EUR)"),
    (cart("never", "s1"), "never left a cart (the value is at least 50 EUR, in the shop s1)"),
    (
        cart("last_n_days", value=3),
        "left a cart (the value is at least 50 EUR, in the last 3 days)",
    ),
    (
        cart("custom", range=DAYS),
        "left a cart (the value is at least 50 EUR, from 2026-04-01 to 2026-04-10)",
    ),
    (cart("date_from", value="2026-04-01"), "left a cart (the value is at least 50 EUR, since 2026-04-01)"),
    (sms("sms_sent"), "was sent the text message s"),
    (sms("sms_sent", deliveryStatus="delivered"), "received the text message s"),
    (
        sms("sms_sent", deliveryStatus="undelivered"),
        "was sent the text message s and did not receive it",
    ),
    (sms("sms_link_clicked", clickTrackId="all"), "clicked a link of the text message s"),
    (sms("sms_link_clicked", clickTrackId="k"), "clicked the link k of the text message s"),
    (sms("sms_link_not_clicked", clickTrackId="all"), "clicked no link of the text message s"),
    (event("occurred", "anytime"), "the event e occurred"),
    (event("not_occurred", "last_n_days"), "the event e did not occur (in the last days)"),
    (event("occurred", "custom", date=DAYS), "the event e occurred (from 2026-04-01 to 2026-04-10)"),
]
