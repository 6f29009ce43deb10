"""An account with one of everything, people with and without permissions, a GetResponse nobody may ask."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from celery import current_app
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from getresponse_django.models import (
    AbTest,
    Account,
    Autoresponder,
    Blocklist,
    Campaign,
    Change,
    ConsentRecord,
    Contact,
    ContactConsent,
    CustomField,
    FromField,
    GdprField,
    Newsletter,
    PullRun,
    RssNewsletter,
    Segment,
    Splittest,
    Statistic,
    StatisticWindow,
    Suppression,
    Tag,
    WebhookEvent,
)
from tests.wire import Wire, running_wire

MODELS = [
    AbTest,
    Account,
    Autoresponder,
    Blocklist,
    Campaign,
    Change,
    Contact,
    ConsentRecord,
    ContactConsent,
    CustomField,
    FromField,
    GdprField,
    Newsletter,
    PullRun,
    RssNewsletter,
    Segment,
    Splittest,
    Statistic,
    Suppression,
    Tag,
    WebhookEvent,
]


def list_url(model: Any) -> str:
    return reverse(f"admin:getresponse_django_{model._meta.model_name}_changelist")


def page_url(row: Any, page: str = "change") -> str:
    return reverse(f"admin:getresponse_django_{row._meta.model_name}_{page}", args=[row.pk])


def add_url(model: Any) -> str:
    return reverse(f"admin:getresponse_django_{model._meta.model_name}_add")


def said(response: Any) -> str:
    """The messages that the page after a POST shows."""
    return " | ".join(str(message) for message in response.context["messages"])


def act(client: Client, model: Any, action: str, *rows: Any, **more: Any) -> Any:
    """Choose an action for these rows of a list."""
    data = {"action": action, "_selected_action": [row.pk for row in rows], **more}
    return client.post(list_url(model), data, follow=True)


def form_data(response: Any, **changes: Any) -> dict[str, Any]:
    """What a browser would send for the form of a page, with ``changes``."""
    form = response.context["adminform"].form
    data: dict[str, Any] = {}
    for bound in form:
        widget, value = bound.field.widget, bound.value()
        for name, part in widget_values(widget, bound.html_name, value):
            if part not in (None, False):
                data[name] = part
    return {name: value for name, value in {**data, **changes}.items() if value is not None}


def widget_values(widget: Any, name: str, value: Any) -> Iterator[tuple[str, Any]]:
    """Names and values of the inputs of one widget."""
    if hasattr(widget, "widgets") and hasattr(widget, "decompress"):
        for suffix, part in zip(widget.widgets_names, widget.decompress(value), strict=True):
            yield name + suffix, part
    else:
        yield name, value


def stored(row: Any) -> Any:
    """Write a row as a pull does: nothing is recorded."""
    getattr(type(row), "plain", type(row).objects).bulk_create([row])
    return row


@pytest.fixture(autouse=True)
def _database(db: None) -> None:
    """Every test uses the database; those that need a commit say so by their mark."""


@pytest.fixture
def wire(settings: Any) -> Iterator[Wire]:
    """What the account "default" talks to; whatever arrives is written down."""
    with running_wire() as wire:
        account = settings.GETRESPONSE["ACCOUNTS"]["default"] | {"BASE_URL": wire.base_url}
        settings.GETRESPONSE = settings.GETRESPONSE | {"ACCOUNTS": {"default": account}}
        yield wire


@pytest.fixture(autouse=True)
def nudged(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The accounts that workers were nudged for, instead of a message to a broker."""
    accounts: list[int] = []
    monkeypatch.setattr(
        "getresponse_django.tasks.nudger._publish", lambda pk, _countdown: accounts.append(pk)
    )
    monkeypatch.setattr("getresponse_django.tasks.nudger._covered", {})
    monkeypatch.setattr("getresponse_django.tasks.nudger._rest_until", 0.0)
    return accounts


@pytest.fixture
def eager() -> Iterator[None]:
    """Tasks run at once, in the request."""
    current_app.conf.update(task_always_eager=True)
    yield
    current_app.conf.update(task_always_eager=False)


@pytest.fixture
def account() -> Account:
    now = timezone.now()
    account = Account.objects.for_alias("default")
    account.write(last_used_at=now, worker_seen_at=now, beat_seen_at=now)
    return account


@pytest.fixture
def campaign(account: Account) -> Campaign:
    values = {"name": "customers", "isDefault": "true"}
    return stored(Campaign(account=account, campaign_id="V", name="customers", is_default=True, base=values))  # type: ignore[no-any-return]


@pytest.fixture
def make_contact(campaign: Campaign) -> Callable[..., Contact]:
    """Makes a contact that is the same here and in GetResponse, unless told otherwise."""

    def make(email: str = "ann@example.com", **columns: Any) -> Contact:
        base = {"email": email, "name": "Ann", "campaign": "V", "tags": [], "customFieldValues": {}}
        columns = {"contact_id": f"c-{email}", "name": "Ann", "state": "active", "base": base} | columns
        return stored(  # type: ignore[no-any-return]
            Contact(account=campaign.account, campaign=campaign, email=email, custom_fields={}, **columns)
        )

    return make


@pytest.fixture
def contact(make_contact: Callable[..., Contact]) -> Contact:
    return make_contact()


@pytest.fixture
def tag(account: Account) -> Tag:
    return stored(Tag(account=account, tag_id="T", name="vip", base={"name": "vip"}))  # type: ignore[no-any-return]


@pytest.fixture
def newsletter(campaign: Campaign) -> Newsletter:
    sent = datetime.now(UTC) - timedelta(days=10)
    metrics = {"status": "finished", "sent": "1200", "openRate": "0.5", "humanOpenRate": "0.3333"}
    return stored(  # type: ignore[no-any-return]
        Newsletter(
            account=campaign.account,
            newsletter_id="N",
            name="News",
            subject="What is new",
            type="broadcast",
            campaign=campaign,
            send_on=sent,
            send_metrics={**metrics, "clickRate": "0.02"},
            html="<p>Hello</p>",
        )
    )


@pytest.fixture
def one_of_each(campaign: Campaign, contact: Contact, tag: Tag, newsletter: Newsletter) -> dict[Any, Any]:
    """Model -> a row of it."""
    account, now = campaign.account, timezone.now()
    common = {"account": account}
    made = [
        stored(CustomField(**common, custom_field_id="F", name="plan", values=["free", "pro"])),
        stored(Segment(**common, search_contact_id="S", name="Buyers", definition={"section": []})),
        stored(FromField(**common, from_field_id="E", email="shop@example.com", name="Shop")),
        stored(Autoresponder(**common, autoresponder_id="A", subject="Welcome", campaign=campaign)),
        stored(RssNewsletter(**common, rss_newsletter_id="R", subject="Blog", campaign=campaign)),
        stored(AbTest(**common, ab_test_id="B", name="Subjects", campaign=campaign)),
        stored(Splittest(**common, splittest_id="P", name="Hours", campaign=campaign)),
        stored(GdprField(**common, gdpr_field_id="G", name="terms", content="I agree.")),
        stored(Suppression(**common, suppression_id="U", name="rivals", masks=["@rival.example"])),
        stored(Blocklist(**common, campaign=campaign, masks=["@spam.example"])),
        ContactConsent.objects.create(
            contact=contact, consent_id="G", name="terms", is_granted=True, read_at=now
        ),
        ConsentRecord.objects.create(
            **common,
            email=contact.email,
            contact=contact,
            campaign=campaign,
            given=True,
            on=now,
            source="form",
        ),
        Change.objects.create(**common, resource="contact", object_pk=contact.pk),
        PullRun.objects.create(**common, kind="contacts", leased_until=now, finished_at=now, ok=True),
        statistics(campaign, total_subscribers=10),
        WebhookEvent.objects.create(**common, source="webhook", type="contact_added", body={"type": "x"}),
    ]
    rows = [account, campaign, contact, tag, newsletter, *made]
    return {type(row): row for row in rows}


def statistics(row: Any, days: int = 5, **metrics: int) -> Statistic:
    """Store each metric with this value for each of the last days; returns one of the rows."""
    today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    key = {
        "account": row.account,
        "subject": row.RESOURCE,
        "remote_id": getattr(row, f"{row.RESOURCE}_id"),
        "granularity": "day",
    }
    first = today - timedelta(days=days - 1)
    StatisticWindow.objects.create(**key, read_from=first.date(), read_until=today.date())
    rows = [
        Statistic(**key, metric=metric, starts_at=today - timedelta(days=age), value=value)
        for metric, value in metrics.items()
        for age in range(days)
    ]
    return Statistic.objects.bulk_create(rows)[0]


@pytest.fixture
def client_with() -> Callable[..., Client]:
    """Makes a client of a member of staff who may do just this with every model: "view", "change", ..."""

    def make(*verbs: str) -> Client:
        user = User.objects.create_user("-".join(["staff", *verbs]), is_staff=True)
        names = [f"{verb}_{model._meta.model_name}" for verb in verbs for model in MODELS]
        user.user_permissions.set(
            Permission.objects.filter(codename__in=names, content_type__app_label="getresponse_django")
        )
        client = Client()
        client.force_login(user)
        return client

    return make
