"""How many people a newsletter would go to, in words, by what is stored here: nobody is asked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils.formats import date_format, number_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ...models import Campaign, Contact, ContactState, Newsletter, Segment
from ...models.estimates import about
from ...models.recipients import (
    Audience,
    Estimate,
    Precision,
    estimate,
    precision,
    selections,
)


@dataclass(frozen=True)
class Recipients:
    """How many, and how that is known, as a page says it."""

    size: str
    how: str

    def __str__(self) -> str:
        return f"{self.size} {self.how}".strip()


def recipients(newsletter: Newsletter) -> Recipients:
    """The count of GetResponse if it is of this audience, else what the stored numbers give; four queries at
    most.
    """
    audience = Audience.of(newsletter.send_settings)
    counted = newsletter.audience_counted
    on = newsletter.audience_counted_on
    if on and newsletter.audience_count is not None and counted == selections(newsletter.send_settings):
        found = Estimate(newsletter.audience_count, precision(audience))
        return Recipients(size(found), _("GetResponse counted them on %(when)s.") % {"when": moment(on)})
    rows = Segment.plain.filter(account=newsletter.account_id, search_contact_id__in=audience.segments)
    segments = list(rows.values_list("search_contact_id", "count", "counted_on")) if audience.segments else []
    counts = {str(remote_id): count for remote_id, count, _on in segments}
    found = estimate(audience, on_lists(newsletter, audience), counts)
    return Recipients(size(found), how_known(audience, found, [on for _id, _count, on in segments if on]))


def on_lists(newsletter: Newsletter, audience: Audience) -> int:
    """About how many active contacts are mirrored of its lists."""
    ours = Campaign.plain.filter(account=newsletter.account_id, campaign_id__in=audience.lists)
    # By key: the planner knows how many contacts each list has, but not what a join leaves of them.
    lists = list(ours.values_list("pk", flat=True)) if audience.lists else []
    active = Contact.plain.filter(state=ContactState.ACTIVE, campaign__in=lists)
    return about(active) if lists else 0


def size(found: Estimate) -> str:
    """The number in words."""
    if found.precision == Precision.UNKNOWN:
        return _("Not known.")
    if not found.count:
        return _("Nobody.")
    people = ngettext("%(number)s person", "%(number)s people", found.count)
    people = people % {"number": number_format(found.count, force_grouping=True)}
    text = _("At most %(people)s.") if found.precision == Precision.AT_MOST else _("About %(people)s.")
    return text % {"people": people}


def how_known(audience: Audience, found: Estimate, counted_on: list[datetime]) -> str:
    """Where the number is from, and since when it holds."""
    if not audience.kinds:
        return _("No audience is selected.")
    if audience.is_all_excluded:
        return _("Every list selected is excluded as well.")
    if found.precision == Precision.UNKNOWN:
        return _("A segment was not counted yet: use “Count again”.")
    said = []
    if audience.lists:
        said.append(_("Lists: the active contacts mirrored here."))
    if audience.segments and counted_on:
        said.append(_("Segments: as counted on %(when)s.") % {"when": moment(min(counted_on))})
    if audience.contacts:
        said.append(_("Contacts: those chosen."))
    if found.precision == Precision.AT_MOST:
        said.append(_("Overlaps and exclusions may make it fewer."))
    return " ".join(said)


def moment(when: datetime) -> str:
    """A moment as people read it, in the current time zone."""
    return date_format(localtime(when), "DATETIME_FORMAT")
