"""How each resource is written in JSON and in columns: pure functions, and the table RESOURCES."""

from .consents import consent_fields
from .objects import (
    RESOURCES,
    Resource,
    campaign_values,
    contact_base,
    contact_details,
    contact_fields,
    contact_values,
    custom_field_fields,
    newsletter_fields,
    newsletter_values,
    sent_settings,
)
from .reading import Json, flag, number, timestamp
from .refusals import refused_columns
from .statistics import Value, keyed_values, list_size_values, merged, message_values, snake

__all__ = [
    "RESOURCES",
    "Json",
    "Resource",
    "Value",
    "campaign_values",
    "consent_fields",
    "contact_base",
    "contact_details",
    "contact_fields",
    "contact_values",
    "custom_field_fields",
    "flag",
    "keyed_values",
    "list_size_values",
    "merged",
    "message_values",
    "newsletter_fields",
    "newsletter_values",
    "number",
    "refused_columns",
    "sent_settings",
    "snake",
    "timestamp",
]
