"""The models, one module per noun of the admin; import them from here."""

from .accounts import Account
from .audience import Campaign, CustomField, Segment, Tag
from .authorizations import Authorization
from .conflicts import Conflict
from .contacts import Contact, ContactState
from .messages import Autoresponder, FromField, Newsletter
from .outbox import Change
from .recording import Mirrored
from .runs import PullRun
from .statistics import Statistic, StatisticWindow

__all__ = [
    "Account",
    "Authorization",
    "Autoresponder",
    "Campaign",
    "Change",
    "Conflict",
    "Contact",
    "ContactState",
    "CustomField",
    "FromField",
    "Mirrored",
    "Newsletter",
    "PullRun",
    "Segment",
    "Statistic",
    "StatisticWindow",
    "Tag",
]
