"""The models, one module for each noun, and the rules they are made of; import models from here."""

from .accounts import Account
from .activities import ContactActivity
from .audience import Campaign, CustomField, Tag
from .authorizations import Authorization
from .conflicts import Conflict
from .consent_records import Consent, ConsentRecord
from .consents import ContactConsent, GdprField
from .contact_states import ContactState
from .contacts import Contact
from .erasures import ErasedAddress
from .experiments import AbTest, Splittest
from .inbox import WebhookEvent
from .messages import Autoresponder, FromField, Newsletter, RssNewsletter
from .outbox import Change
from .readings import ContactReading
from .recording import Mirrored
from .runs import PullRun
from .segments import Segment, SegmentMember
from .statistics import Statistic, StatisticWindow
from .suppressions import Blocklist, Suppression
from .wishes import Wish

__all__ = [
    "AbTest",
    "Account",
    "Authorization",
    "Autoresponder",
    "Blocklist",
    "Campaign",
    "Change",
    "Conflict",
    "Consent",
    "ConsentRecord",
    "Contact",
    "ContactActivity",
    "ContactConsent",
    "ContactReading",
    "ContactState",
    "CustomField",
    "ErasedAddress",
    "FromField",
    "GdprField",
    "Mirrored",
    "Newsletter",
    "PullRun",
    "RssNewsletter",
    "Segment",
    "SegmentMember",
    "Splittest",
    "Statistic",
    "StatisticWindow",
    "Suppression",
    "Tag",
    "WebhookEvent",
    "Wish",
]
