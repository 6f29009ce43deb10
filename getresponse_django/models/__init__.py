"""The models, one module per noun of the admin; import them from here."""

from .accounts import Account
from .audience import Campaign, CustomField, Segment, Tag
from .authorizations import Authorization
from .consents import ContactConsent, GdprField
from .contacts import Contact, ContactState
from .messages import Autoresponder, FromField, Newsletter
from .outbox import Change
from .recording import Mirrored
from .runs import PullRun
from .statistics import Statistic, StatisticWindow
from .suppressions import Blocklist, Suppression

__all__ = [
    "Account",
    "Authorization",
    "Autoresponder",
    "Blocklist",
    "Campaign",
    "Change",
    "Contact",
    "ContactConsent",
    "ContactState",
    "CustomField",
    "FromField",
    "GdprField",
    "Mirrored",
    "Newsletter",
    "PullRun",
    "Segment",
    "Statistic",
    "StatisticWindow",
    "Suppression",
    "Tag",
]
