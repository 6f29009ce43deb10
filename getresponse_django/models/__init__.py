"""The models, one module per noun of the admin; import them from here."""

from .accounts import Account
from .audience import Campaign, CustomField, Tag
from .authorizations import Authorization
from .contacts import Contact, ContactState
from .messages import Autoresponder, FromField, Newsletter
from .outbox import Change
from .recording import Mirrored
from .runs import PullRun
from .segments import Segment, SegmentMember
from .statistics import Statistic, StatisticWindow

__all__ = [
    "Account",
    "Authorization",
    "Autoresponder",
    "Campaign",
    "Change",
    "Contact",
    "ContactState",
    "CustomField",
    "FromField",
    "Mirrored",
    "Newsletter",
    "PullRun",
    "Segment",
    "SegmentMember",
    "Statistic",
    "StatisticWindow",
    "Tag",
]
