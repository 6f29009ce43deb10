"""The pages of the admin to open: every list and object page, and what people do with the large lists."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.contrib import admin
from django.urls import reverse

from getresponse_django.models import (
    Account,
    Campaign,
    Change,
    ConsentRecord,
    Contact,
    ContactConsent,
    Newsletter,
    Segment,
    Statistic,
    Tag,
    WebhookEvent,
)

INDEXED = ("person, users indexed", "person that is not known, users indexed")
"""The pages before which the site's users get an index of their addresses."""

Page = tuple[str, str]
"""What it is, and its address."""


def pages() -> Iterator[Page]:
    """All of them."""
    for model in sorted(admin.site._registry, key=lambda model: model._meta.model_name or ""):
        if model._meta.app_label == "getresponse_django":
            yield from pages_of(model)
    yield from lists_of_contacts()
    yield from other_lists()
    yield from single_pages()
    for field in ("campaign", "tags"):
        yield f"autocomplete {field}", autocomplete(Contact, field)


def pages_of(model: type[Any]) -> Iterator[Page]:
    """The list and its next page, the form of a new one, and the pages of one in the middle."""
    name, url = str(model._meta.verbose_name), list_of(model)
    yield f"{name}: list", url
    yield f"{name}: next page", f"{url}?p=2"
    rows = getattr(model, "plain", model._default_manager).order_by("pk")
    last = rows.last()
    middle = rows.filter(pk__gte=(rows[0].pk + last.pk) // 2).first()
    yield f"{name}: one", page_of(middle)
    if model in (Campaign, Contact, Newsletter, Tag):
        yield f"{name}: new", reverse(f"admin:{model._meta.label_lower.replace('.', '_')}_add")


def lists_of_contacts() -> Iterator[Page]:
    """Searched, filtered and sorted."""
    url = list_of(Contact)
    campaigns = Campaign.plain.order_by("pk")
    largest, smallest = campaigns[2].pk, campaigns[1].pk
    other = Account.objects.get(alias="other").pk
    queries = {
        "addresses beginning with anna": "q=anna",
        "one address": "q=anna.nowak100@example.com",
        "no such address": "q=nobody@example.com",
        "a first name and surname": "q=Anna Nowakski",
        "a surname": "q=Kowalskaski",
        "no such name": "q=xyzzy",
        "refused": "state__exact=rejected",
        "active": "state__exact=active",
        "left": "state__exact=left",
        "new, of which there are none": "state__exact=new",
        "a large list": f"campaign__id__exact={largest}",
        "a small list": f"campaign__id__exact={smallest}",
        "refused of a large list": f"campaign__id__exact={largest}&state__exact=rejected",
        "refused of a small list": f"campaign__id__exact={smallest}&state__exact=rejected",
        "of the large account": f"account__id__exact={Account.objects.get(alias='default').pk}",
        "of the small account": f"account__id__exact={other}",
        "members of a segment": f"segment={Segment.plain.order_by('pk')[0].pk}",
        "by address": "o=1",
        "by address, backwards": "o=-1",
        "a page far down": f"p={Contact.plain.count() * 9 // 1000}",
    }
    yield from ((f"contacts: {what}", f"{url}?{query}") for what, query in queries.items())


def other_lists() -> Iterator[Page]:
    """The filters of what grows with the contacts."""
    for query in ("outcome=waiting", "outcome=gave-up", "resource=contact", "o=7"):
        yield f"changes: {query}", f"{list_of(Change)}?{query}"
    for query in (
        "state=waiting",
        "state=gave-up",
        "type=contact_added",
        "type=opened",
        "source__exact=callback",
    ):
        yield f"events: {query}", f"{list_of(WebhookEvent)}?{query}"
    for query in ("is_granted__exact=0", f"contact__account__id__exact={Account.objects.all()[0].pk}"):
        yield f"consents: {query}", f"{list_of(ContactConsent)}?{query}"
    for query in ("given__exact=0", "source__exact=import", "q=Jan", "q=nobody@example.com"):
        yield f"consent records: {query}", f"{list_of(ConsentRecord)}?{query}"
    for query in (
        "subject__exact=campaign",
        "subject__exact=newsletter",
        "subject__exact=autoresponder",
        "granularity__exact=day",
        "granularity__exact=hour",
        "q=N7",
        "q=removals",
    ):
        yield f"statistics: {query}", f"{list_of(Statistic)}?{query}"


def single_pages() -> Iterator[Page]:
    """What is more than a form."""
    account = Account.objects.get(alias="default")
    yield "overview", page_of(account)
    yield "progress", reverse("admin:getresponse_django_account_progress", args=[account.pk])
    person = reverse("admin:getresponse_django_contact_person")
    known = Contact.plain.order_by("pk")[40].email
    people = (known, "nobody@example.com") * 2
    for what, email in zip(("person", "person that is not known", *INDEXED), people, strict=True):
        yield what, f"{person}?email={email}"
    for state in ("active", "left", "rejected"):
        yield f"contact that is {state}", page_of(Contact.plain.filter(state=state).order_by("-pk")[0])
    contact = Contact.plain.order_by("pk")[10]
    yield "contact: history", page_of(contact, "history")
    yield "contact: delete", page_of(contact, "delete")
    yield "tag: delete", page_of(Tag.plain.order_by("pk")[0], "delete")
    yield "largest segment", page_of(Segment.plain.order_by("pk")[0])
    draft = Newsletter.plain.filter(type="draft").order_by("pk")[0]
    yield "newsletter: draft", page_of(draft)
    for page in ("preview", "trial", "send"):
        yield f"newsletter: {page}", page_of(draft, page)
    yield "newsletter: sent", page_of(Newsletter.plain.filter(type="broadcast").order_by("-pk")[0])


def list_of(model: type[Any]) -> str:
    """The address of the list of a model."""
    return reverse(f"admin:{model._meta.label_lower.replace('.', '_')}_changelist")


def page_of(row: Any, page: str = "change") -> str:
    """The address of a page of a row."""
    return reverse(f"admin:{row._meta.label_lower.replace('.', '_')}_{page}", args=[row.pk])


def autocomplete(model: type[Any], field: str) -> str:
    """What a field with a search asks for."""
    about = f"app_label={model._meta.app_label}&model_name={model._meta.model_name}&field_name={field}"
    return f"{reverse('admin:autocomplete')}?term=1&{about}"
