"""Segment: a saved search for contacts, written in Python, said in words, and whom it found."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, ClassVar, Literal

from django.core.validators import ProhibitNullCharactersValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from .accounts import Account
from .audience import Campaign, Named, remote_id, unique_remotely
from .conditions import Expression
from .conditions.vocabulary import Period
from .contacts import Contact
from .definitions import campaign_ids, definition
from .personal_data import Person, holds, naming
from .recording import RecordingQuerySet
from .searching import searched, sentences


class Segment(Named):
    """A saved search for contacts. Its definition is kept as GetResponse gave it, whatever types it holds.

    GetResponse works out anew at each read whom it finds. ``count`` is how many those were at
    ``counted_on``; ``members`` are who they were at ``members_on``, of those contacts that are mirrored.
    """

    RESOURCE = "segment"
    PUSHED = frozenset({"name", "definition"})

    search_contact_id = remote_id(_("search contact id"))
    name = models.CharField(_("name"), max_length=255, validators=[ProhibitNullCharactersValidator()])
    definition = models.JSONField(
        _("definition"),
        default=dict,
        blank=True,
        help_text=_("sectionLogicOperator and section, as the API writes them."),
    )
    created_on = models.DateTimeField(_("created on"), null=True, blank=True, editable=False)
    count = models.PositiveIntegerField(_("contacts"), null=True, blank=True, editable=False)
    counted_on = models.DateTimeField(_("counted on"), null=True, blank=True, editable=False)
    members = models.ManyToManyField(
        Contact,
        through="SegmentMember",
        related_name="segments",
        blank=True,
        editable=False,
        verbose_name=_("members"),
    )
    members_on = models.DateTimeField(_("members as of"), null=True, blank=True, editable=False)
    unknown_members = models.PositiveIntegerField(
        _("members not mirrored here"), null=True, blank=True, editable=False
    )

    objects: ClassVar[models.Manager[Segment]] = models.Manager.from_queryset(RecordingQuerySet["Segment"])()

    class Meta(Named.Meta):
        verbose_name = _("segment")
        verbose_name_plural = _("segments")
        constraints = unique_remotely("segment", "search_contact_id")

    def __str__(self) -> str:
        return self.name

    @staticmethod
    def where(
        *conditions: Expression | Mapping[str, Any],
        campaigns: Iterable[Campaign | str] | None = None,
        account: Account | str = "default",
        subscribed: Period | tuple[date, date] | Literal["all_time"] = "all_time",
        receiving_autoresponder: bool | None = None,
    ) -> dict[str, Any]:
        """The definition that finds the contacts for whom all ``conditions`` are true (``conditions.py`` has
        them; join them with ``&`` and ``|``; a mapping is taken as the API writes it).

        ``campaigns`` are names or instances; without, all lists that the account has now. ``subscribed`` is a
        period or the first and last day, in UTC. ``receiving_autoresponder`` None does not ask for it.

        Raises ValueError, saying what to do, for what GetResponse cannot search for and for names it does not
        have. One query for each kind of name.
        """
        return searched(
            conditions,
            campaigns=campaigns,
            account=account if isinstance(account, Account) else Account.objects.for_alias(account),
            subscribed=subscribed,
            receiving_autoresponder=receiving_autoresponder,
        )

    def in_words(self) -> str:
        """Whom the definition finds, as a sentence; "" while it was not read. For many segments at once see
        ``searching.sentences``.
        """
        return next(said for _segment, said in sentences([self]))

    def complaints(self) -> dict[str, list[Any]]:
        """Of a definition that GetResponse did not give; of an edited one, of what it did not give in it."""
        if self.search_contact_id and self._as_given():
            return {}
        base = self.base if self.search_contact_id else None
        return {"definition": list(definition(base)(self.definition)) or self._of_campaigns()}

    def _as_given(self) -> bool:
        given = self.definition
        return isinstance(given, dict) and all(self.base.get(part) == value for part, value in given.items())

    def _of_campaigns(self) -> list[Any]:
        named = campaign_ids(self.definition)
        known = Campaign.plain.filter(account=self.account_id, campaign_id__in=named)
        unknown = ", ".join(sorted(named - set(known.values_list("campaign_id", flat=True))))
        return [_("This account has no list with the id %(ids)s.") % {"ids": unknown}] if unknown else []

    def tombstone(self) -> dict[str, Any] | None:
        return {"remote_id": self.search_contact_id} if self.search_contact_id else None


class SegmentMember(models.Model):
    """A contact that a segment found when its members were read last."""

    segment = models.ForeignKey(Segment, models.CASCADE, related_name="+")
    contact = models.ForeignKey(Contact, models.CASCADE, related_name="+")
    found_on = models.DateTimeField()

    class Meta:
        verbose_name = _("member of a segment")
        verbose_name_plural = _("members of segments")
        constraints = [
            models.UniqueConstraint(fields=["segment", "contact"], name="getresponse_segment_member")
        ]

    def __str__(self) -> str:
        return f"{self.segment_id}: {self.contact_id}"


@holds("segments", erase=None)
def segments_of(person: Person) -> models.QuerySet[Segment]:
    """Kept: who wrote a search for one address has to change it, for without it it would find others."""
    return naming(Segment.plain.all(), "definition", person.email)
