"""The form of a draft: its content, and its audience as lists and segments to tick."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from ...models import Account, Campaign, Newsletter, Segment
from ...models.message_rules import MOST_LETTERS
from ..shared.texts import leave_untouched
from ..shared.typed import ModelForm

AUDIENCE: dict[str, tuple[str, Any, str]] = {
    "selected_campaigns": ("selectedCampaigns", Campaign, "campaign_id"),
    "selected_segments": ("selectedSegments", Segment, "search_contact_id"),
    "excluded_campaigns": ("excludedCampaigns", Campaign, "campaign_id"),
    "excluded_segments": ("excludedSegments", Segment, "search_contact_id"),
}
"""Field of the form -> member of send_settings, and the rows to choose from, by their remote ids."""

FLAGS = [("clicktrack", _("count the clicks on links")), ("google_analytics", _("Google Analytics"))]

Choices = list[tuple[str, Any]]


class Ticks(forms.MultipleChoiceField):
    """Choices to tick, in a box that scrolls when there are many."""

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.CheckboxSelectMultiple(attrs={"class": "getresponse-ticks"})
        super().__init__(required=False, widget=widget, **kwargs)


class NewsletterForm(ModelForm):
    """A draft. What its send settings say beyond the fields of the form stays as it is."""

    selected_campaigns = Ticks(label=_("To the lists"))
    selected_segments = Ticks(
        label=_("To the segments"),
        help_text=_(
            "With lists and segments ticked it goes to those who are on a list and in a segment of these."
        ),
    )
    excluded_campaigns = Ticks(label=_("Not to the lists"))
    excluded_segments = Ticks(label=_("Not to the segments"))
    flags = Ticks(label=_("Measure"), choices=FLAGS)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("campaign", "from_field"):
            if name in self.fields:
                self.fields[name].required = True
        for name in ("html", "plain_text"):
            if name in self.fields:
                self.fields[name].widget.attrs["maxlength"] = MOST_LETTERS
        for name, (member, model, column) in AUDIENCE.items():
            if name in self.fields:
                field: Any = self.fields[name]
                ticked = listed(self.instance.send_settings, member)
                field.choices = choices(self.instance, model, column, ticked)
                self.initial.setdefault(name, ticked)

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if self.instance.pk is None and (campaign := cleaned.get("campaign")):
            self.instance.account = campaign.account
        leave_untouched(self, cleaned)
        if AUDIENCE.keys() <= cleaned.keys() and self.instance.account_id:
            self._check_audience(cleaned)
            ticked = {member: cleaned.get(name, []) for name, (member, _model, _column) in AUDIENCE.items()}
            self.instance.send_settings = merged(self.instance.send_settings, ticked)
        return cleaned

    def _check_audience(self, cleaned: dict[str, Any]) -> None:
        """Refuse what the account does not have: of another account, or deleted meanwhile."""
        for name, (_member, model, column) in AUDIENCE.items():
            ticked = set(cleaned[name])
            known = model.plain.filter(account=self.instance.account_id, **{f"{column}__in": ticked})
            if unknown := ticked - set(known.values_list(column, flat=True)):
                ids = ", ".join(sorted(unknown))
                self.add_error(name, _("The account does not have: %(ids)s.") % {"ids": ids})


def listed(settings: Any, member: str) -> list[str]:
    """The ids in a member of send settings."""
    found = settings.get(member) if isinstance(settings, dict) else None
    return [str(each) for each in found] if isinstance(found, list) else []


def merged(settings: Any, ticked: dict[str, list[str]]) -> dict[str, Any]:
    """The settings with these members; one that is empty and was missing stays missing."""
    before = settings if isinstance(settings, dict) else {}
    return before | {name: ids for name, ids in ticked.items() if ids or before.get(name)}


def choices(newsletter: Newsletter, model: Any, column: str, ticked: Iterable[str]) -> Choices:
    """The linked rows of the newsletter's account, or of all where that is not known yet; and what is ticked
    although it is not among them, so that it can be taken away.
    """
    rows = model.plain.filter(**{f"{column}__isnull": False}).order_by("name", "pk")
    if newsletter.account_id:
        rows = rows.filter(account=newsletter.account_id)
    found = list(rows.values_list("account_id", column, "name"))
    known = {remote_id for _account, remote_id, _name in found}
    unknown = [(each, _("%(id)s (not mirrored here)") % {"id": each}) for each in ticked if each not in known]
    return [*by_account(found), *unknown]


def by_account(rows: list[tuple[int, str, str]]) -> Choices:
    """Choices under the name of their account, if there are several."""
    if len({account for account, _id, _name in rows}) < 2:
        return [(remote_id, name) for _account, remote_id, name in rows]
    names = dict(Account.objects.values_list("pk", "alias"))
    groups: dict[int, Choices] = {account: [] for account, _id, _name in rows}
    for account, remote_id, name in rows:
        groups[account].append((remote_id, name))
    return [(names[account], group) for account, group in groups.items()]
