"""The words that the conditions of a search are made of, as types and as tuples
(contract/behaviour-newsletters.md section 1.5).
"""

from __future__ import annotations

from typing import Literal, get_args

TextOperator = Literal["is", "is_not", "contains", "not_contains", "starts", "ends", "not_starts", "not_ends"]
NumberOperator = Literal[
    "numeric_lt", "numeric_gt", "numeric_eq", "numeric_not_eq", "numeric_lt_eq", "numeric_gt_eq"
]
MessageKind = Literal["autoresponder", "newsletter", "splittest", "automation"]
Period = Literal[
    "today",
    "yesterday",
    "last_7_days",
    "last_30_days",
    "this_week",
    "last_week",
    "this_month",
    "last_month",
    "last_2_months",
]
"""The named periods but ``last_n_days``, which needs a number."""

Silence = Literal["never", "today", "yesterday", "last_7_days", "last_30_days", "this_week", "this_month"]
"""The times of ``not_opened`` and ``not_clicked`` that need no value; ``never`` is: not at any time."""

Place = Literal[
    "country", "country_code", "region", "city", "longitude", "latitude", "postal_code", "dma_code"
]
PlainMethod = Literal[
    "api",
    "email",
    "panel",
    "mobile",
    "survey",
    "sales",
    "copy",
    "leads",
    "chat",
    "course",
    "premium_newsletter",
]
SourcedMethod = Literal["import", "landing_page", "webinar", "website_builder_elegant"]
"""Methods that say by which import, page, webinar or website: an id, or ``all``."""

FormKind = Literal["webforms", "webformsv2", "popups"]

MOST_SECTIONS = MOST_CONDITIONS = 8
"""The most sections of a search, and conditions of a section (section 1.4)."""

TEXT_OPERATORS: tuple[str, ...] = get_args(TextOperator)
NUMBER_OPERATORS: tuple[str, ...] = get_args(NumberOperator)
ASSIGNMENT = ("assigned", "not_assigned")
MESSAGE_KINDS: tuple[str, ...] = get_args(MessageKind)
PERIODS: tuple[str, ...] = get_args(Period)
LAST_N_DAYS = "last_n_days"
SILENCES: tuple[str, ...] = get_args(Silence)
PLACES: tuple[str, ...] = get_args(Place)
PLAIN_METHODS: tuple[str, ...] = get_args(PlainMethod)
SOURCED_METHODS: tuple[str, ...] = get_args(SourcedMethod)
FORM_KINDS: tuple[str, ...] = get_args(FormKind)
