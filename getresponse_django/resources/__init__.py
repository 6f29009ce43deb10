"""How each resource is written in JSON and in columns: pure functions, and the table RESOURCES."""

from .consents import consent_fields
from .messages import activity_fields, newsletter_fields, newsletter_values, sent_settings
from .objects import (
    RESOURCES,
    Resource,
    campaign_values,
    contact_base,
    contact_details,
    contact_fields,
    contact_ids,
    contact_tags,
    contact_values,
    custom_field_fields,
    is_contact,
)
from .reading import Json, as_list, as_object, flag, number, timestamp
from .refusals import refused_columns
from .statistics import (
    Value,
    by_campaign,
    keyed_values,
    list_size_values,
    location_counts,
    merged,
    message_values,
    origin_counts,
    snake,
    summary_counts,
)

__all__ = [
    "RESOURCES",
    "Json",
    "Resource",
    "Value",
    "activity_fields",
    "as_list",
    "as_object",
    "by_campaign",
    "campaign_values",
    "consent_fields",
    "contact_base",
    "contact_details",
    "contact_fields",
    "contact_ids",
    "contact_tags",
    "contact_values",
    "custom_field_fields",
    "flag",
    "is_contact",
    "keyed_values",
    "list_size_values",
    "location_counts",
    "merged",
    "message_values",
    "newsletter_fields",
    "newsletter_values",
    "number",
    "origin_counts",
    "refused_columns",
    "sent_settings",
    "snake",
    "summary_counts",
    "timestamp",
]
