"""Rows for the admin, made by PostgreSQL itself: a million contacts and all that comes with them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib.admin.models import LogEntry
from django.contrib.auth import get_user_model
from django.contrib.contenttypes.models import ContentType
from django.db import connection, models, transaction
from django.db.models import Min

from getresponse_django.models import (
    AbTest,
    Account,
    Autoresponder,
    Blocklist,
    Campaign,
    Change,
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
from getresponse_django.models.conflicts import Conflict
from getresponse_django.models.segments import SegmentMember

FIRST_NAMES = ["Anna", "Jan", "Maria", "Piotr", "Ewa", "Adam", "Zofia", "Marek", "Lena", "Tomasz"]
LAST_NAMES = ["Nowak", "Kowalska", "Lis", "Zając", "Mazur", "Krawczyk", "Dudek", "Wilk", "Król", "Pawlak"]
SUFFIXES = ["", "ski", "owicz", "ek", "czyk", "arz", "iak", "ewicz", "ko", "uk", "ow", "as", "ura"]
RARELY, SELDOM = 997, 20
"""Each of so many contacts was refused, each of so many left."""


def fill(model: type[models.Model], count: int, /, **columns: str) -> None:
    """Insert rows 1 to ``count``: ``columns`` are SQL over their number ``n``, the others are empty."""
    given = {column_of(model, name): sql for name, sql in columns.items()}
    empty = [
        field
        for field in model._meta.concrete_fields
        if not (field.column in given or field.null or field.primary_key or field.generated)
    ]
    names = ", ".join(f'"{name}"' for name in [*given, *(str(field.column) for field in empty)])
    values = ", ".join([*given.values(), *["%s"] * len(empty)])
    defaults = [field.get_db_prep_save(field.get_default(), connection) for field in empty]
    table = model._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(
            f'INSERT INTO "{table}" ({names}) SELECT {values} FROM generate_series(1, {count}::bigint) n',
            defaults,
        )


def column_of(model: type[models.Model], name: str) -> str:
    """The column of a field."""
    field: Any = model._meta.get_field(name)
    return str(field.column)


def one_of(values: Sequence[Any], number: str = "n") -> str:
    """SQL for one of these, in turn."""
    quoted = ", ".join(str(value) if isinstance(value, int) else f"'{value}'" for value in values)
    return f"(ARRAY[{quoted}])[1 + mod(({number})::bigint, {len(values)})]"


def pks(model: Any) -> list[int]:
    """The keys of a few rows."""
    rows = getattr(model, "plain", model.objects)
    return list(rows.order_by("pk").values_list("pk", flat=True))


def fill_account(contacts: int, *, campaigns: int = 50, newsletters: int = 500, days: int = 365) -> None:
    """Everything of two accounts with so many ``contacts``; those of the second one are few and came first.

    Campaigns have statistics of so many ``days``, newsletters of their first thirty.
    """
    with transaction.atomic():
        with connection.cursor() as cursor:
            # Not to look each key up once more: that takes longer than to write the rows.
            cursor.execute("SET LOCAL session_replication_role = replica")
        for alias in ("default", "other"):
            Account.objects.for_alias(alias)
        fill_settings(campaigns)
        fill_contacts(contacts)
        fill_memberships(contacts)
        fill_messages(newsletters)
        fill_statistics(campaigns, newsletters, days)
        fill_traffic(contacts)
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL session_replication_role = DEFAULT")
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def fill_settings(campaigns: int) -> None:
    """What contacts are sorted by. Two of the campaigns are the second account's."""
    default, other = pks(Account)
    mine = {"account": str(default), "name": "'Row ' || n"}
    owner = f"CASE WHEN n <= 2 THEN {other} ELSE {default} END"
    fill(Campaign, campaigns, account=owner, name="'List ' || n", campaign_id="'C' || n")
    fill(Tag, 50, **mine | {"name": "'tag' || n"}, tag_id="'T' || n")
    fill(CustomField, 20, **mine | {"name": "'field' || n"}, custom_field_id="'F' || n")
    fill(
        FromField,
        10,
        **mine,
        from_field_id="'E' || n",
        email="'shop' || n || '@example.com'",
        is_active="true",
    )
    fill(GdprField, 5, **mine, gdpr_field_id="'G' || n")
    fill(Suppression, 5, **mine, suppression_id="'S' || n")
    lists = one_of(pks(Campaign), "n - 1")
    fill(Blocklist, campaigns, account=owner, campaign=lists, masks="""'["@spam.example"]'""")


def fill_contacts(contacts: int) -> None:
    """Some lists are much larger than others. Each tenth contact is a user of the site."""
    email = f"{one_of(FIRST_NAMES)} || '.' || {one_of(LAST_NAMES, 'n / 10')} || n || '@example.com'"
    surname = f"{one_of(LAST_NAMES, 'n / 10')} || {one_of(SUFFIXES, 'n / 100')}"
    name = f"{one_of(FIRST_NAMES)} || ' ' || {surname}"
    fill(get_user_model(), contacts // 10, username="'user' || n", email=email, is_active="true")
    default, other = pks(Account)
    lists = pks(Campaign)
    skewed = one_of(lists[2:], f"floor({len(lists) - 2} * power(mod(n * 7919, 10007) / 10007.0, 2))")
    early = f"n <= {contacts // 100}"
    left = f"mod(n, {SELDOM}) = 0"
    fill(
        Contact,
        contacts,
        account=f"CASE WHEN {early} THEN {other} ELSE {default} END",
        campaign=f"CASE WHEN {early} THEN {one_of(lists[:2])} ELSE {skewed} END",
        contact_id="'p' || n",
        email=email,
        name=name,
        state=f"CASE WHEN mod(n, {RARELY}) = 0 THEN 'rejected' WHEN {left} THEN 'left' ELSE 'active' END",
        custom_fields="""jsonb_build_object('field1', ARRAY['value ' || mod(n, 100)])""",
        base=f"jsonb_build_object('email', {email}, 'name', {name}, 'tags', '[]'::jsonb)",
        user=f"CASE WHEN n <= {contacts // 10} THEN {first(get_user_model())} + n - 1 END",
        created_on="now() - n * interval '1 minute'",
        changed_on="now() - n * interval '1 minute'",
    )


def first(model: Any) -> int:
    """The key of the first row."""
    found: int = getattr(model, "plain", model._default_manager).aggregate(first=Min("pk"))["first"]
    return found


def fill_memberships(contacts: int) -> None:
    """One or two tags of each contact, and ten segments that found up to a fifth of all."""
    default, tags, start = pks(Account)[0], pks(Tag), first(Contact)
    through: Any = Contact.tags.through
    fill(through, contacts, contact=f"{start} + n - 1", tag=one_of(tags))
    fill(through, contacts // 2, contact=f"{start} + n - 1", tag=one_of(tags, "n + 7"))
    given = {"count": f"{contacts} / (5 * n)", "counted_on": "now()", "members_on": "now()"}
    fill(Segment, 10, account=str(default), name="'Segment ' || n", search_contact_id="'s' || n", **given)
    for number, segment in enumerate(pks(Segment), 1):
        every = 5 * number
        member = f"{start} + (n - 1) * {every}"
        fill(SegmentMember, contacts // every, segment=str(segment), contact=member, found_on="now()")


def fill_messages(newsletters: int) -> None:
    """Each tenth newsletter is a draft to half of the lists."""
    default, senders = pks(Account)[0], one_of(pks(FromField))
    lists, sent = one_of(pks(Campaign)[2:]), "mod(n, 10) > 0"
    common = {"account": str(default), "campaign": lists}
    message = common | {
        "name": "'Message ' || n",
        "subject": "'Subject ' || n",
        "html": "repeat('<p>x</p>', 2000)",
    }
    half = f"(SELECT jsonb_agg('C' || c) FROM generate_series(3, {2 + len(pks(Campaign)) // 2}) c)"
    fill(
        Newsletter,
        newsletters,
        **message,
        newsletter_id="'N' || n",
        from_field=senders,
        type=f"CASE WHEN {sent} THEN 'broadcast' ELSE 'draft' END",
        send_on=f"CASE WHEN {sent} THEN now() - n * interval '1 day' END",
        send_settings=f"jsonb_build_object('selectedCampaigns', {half})",
        send_metrics="""'{"status": "finished", "sent": "90000", "openRate": "0.3", "clickRate": "0.02"}'""",
    )
    fill(Autoresponder, 50, **message, autoresponder_id="'A' || n", from_field=senders)
    fill(RssNewsletter, 10, **message, rss_newsletter_id="'R' || n", from_field=senders)
    fill(AbTest, 20, **common, name="'Test ' || n", ab_test_id="'B' || n")
    fill(Splittest, 20, **common, name="'Test ' || n", splittest_id="'P' || n")


def fill_statistics(campaigns: int, newsletters: int, days: int) -> None:
    """Ten metrics of each campaign and day, eight of each of the first thirty days of a newsletter."""
    default = str(pks(Account)[0])
    moves = ["total_subscribers", "added_subscribers", "removed_subscribers", "subscriptions.api"]
    moves += [
        "subscriptions.www",
        "removals.user",
        "removals.bounce",
        "removals.api",
        "locations.PL",
        "origins.api",
    ]
    reactions = [
        "sent",
        "total_opened",
        "unique_opened",
        "total_clicked",
        "unique_clicked",
        "bounced",
        "complaints",
    ]
    reactions += ["unsubscribed"]
    today = "date_trunc('day', now(), 'UTC')"
    for subject, letter, count, of, metrics in (
        ("campaign", "C", campaigns, days, moves),
        ("newsletter", "N", newsletters, 30, reactions),
    ):
        subjects = {"account": default, "subject": f"'{subject}'", "granularity": "'day'"}
        starts = f"{today} - mod(n, {of}) * interval '1 day'"
        if subject == "newsletter":
            starts = f"{today} - (1 + (n - 1) / {of * len(metrics)} - mod(n, {of})) * interval '1 day'"
        fill(
            Statistic,
            count * of * len(metrics),
            **subjects,
            remote_id=f"'{letter}' || (1 + (n - 1) / {of * len(metrics)})",
            metric=one_of(metrics, f"n / {of}"),
            starts_at=starts,
            value="mod(n, 1000)",
        )
        read = {"read_from": f"({today} - interval '{of} days')::date", "read_until": f"{today}::date"}
        fill(StatisticWindow, count, **subjects, remote_id=f"'{letter}' || n", **read)


def fill_traffic(contacts: int) -> None:
    """What is on its way in both directions, and what people did."""
    default, start = str(pks(Account)[0]), first(Contact)
    each = {"account": default, "resource": "'contact'", "object_pk": f"{start} + (n - 1) * 10"}
    ended = "CASE WHEN mod(n, 200) = 0 THEN {} ELSE {} END"
    fill(
        Change,
        contacts // 10,
        **each,
        stamp="gen_random_uuid()",
        gave_up_at=ended.format("now()", "NULL"),
        reason=ended.format("'rejected'", "''"),
        tombstone="""CASE WHEN mod(n, 100) = 0 THEN '{"email": "gone@example.com"}'::jsonb END""",
    )
    fill(Conflict, contacts // 100, **each, field="'name'", here="'\"a\"'", there="'\"b\"'", won="'local'")
    fill(
        WebhookEvent,
        contacts // 4,
        account=default,
        source="'webhook'",
        type="'contact_added'",
        webhook_id="'w' || n",
        contact_id="'p' || n",
        body="""'{"type": "contact_added"}'""",
        received_at=f"now() - ({contacts} - n) * interval '1 second'",
        processed_at=f"CASE WHEN n < {contacts} * 0.249 THEN now() END",
        outcome="'mirrored'",
    )
    person = {"contact": f"{start} + (n - 1) * 5", "consent_id": "'G1'", "name": "'Terms'"}
    fill(ContactConsent, contacts // 5, **person, is_granted="mod(n, 10) > 0", read_at="now()")
    kinds = one_of(["campaigns", "contacts", "messages", "statistics", "segments"])
    ended_at = {
        "started_at": "now() - n * interval '1 minute'",
        "finished_at": "now()",
        "leased_until": "now()",
    }
    fill(PullRun, 5000, account=default, kind=kinds, **ended_at, ok="true")
    kind = str(ContentType.objects.get_for_model(Contact).pk)
    fill(
        LogEntry,
        contacts // 100,
        content_type=kind,
        object_id=f"({start} + n - 1)::text",
        object_repr="'x'",
        action_flag="2",
        user=str(first(get_user_model())),
    )


def fill_profiles() -> None:
    """The customers of the example site, whose rule is asked about a person."""
    from example_project.shop.models import Profile

    users = get_user_model()
    agreed = {"newsletter": "true", "newsletter_since": "now()"}
    fill(Profile, users._default_manager.count(), user=f"{first(users)} + n - 1", **agreed)
