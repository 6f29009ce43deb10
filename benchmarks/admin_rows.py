"""Rows for the admin, made by PostgreSQL itself: a million contacts and all that comes with them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

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
from getresponse_django.models.conflicts import Conflict
from getresponse_django.models.segments import SegmentMember

FIRST_NAMES = ["Anna", "Jan", "Maria", "Piotr", "Ewa", "Adam", "Zofia", "Marek", "Lena", "Tomasz"]
LAST_NAMES = ["Nowak", "Kowalska", "Lis", "Zając", "Mazur", "Krawczyk", "Dudek", "Wilk", "Król", "Pawlak"]
SUFFIXES = ["", "ski", "owicz", "ek", "czyk", "arz", "iak", "ewicz", "ko", "uk", "ow", "as", "ura"]


class Spread(NamedTuple):
    """How rows differ: each of so many contacts was refused, each of so many left, each of so many consents
    was not given; ``kinds`` of each part of a name; the higher ``skew``, the larger the largest list.
    """

    refused: int
    left: int
    declined: int
    kinds: int
    skew: int


FEW, MANY = Spread(7, 6, 2, 2, 40), Spread(997, 20, 10, 13, 2)
"""Few contacts are spread so that the filters of ``admin_pages`` find as full a page as among a million:
a hundred rows instead of one take longer to draw, whatever the number of contacts.
"""


def spread_of(contacts: int) -> Spread:
    """That of so many contacts."""
    return FEW if contacts < 10_000 else MANY


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
    spread, email, name = spread_of(contacts), address(contacts), full_name(contacts)
    fill(get_user_model(), contacts // 10, username="'user' || n", email=email, is_active="true")
    default, other = pks(Account)
    lists = pks(Campaign)
    place = f"power(mod(n * 7919, 10007) / 10007.0, {spread.skew})"
    skewed = one_of(lists[2:], f"floor({len(lists) - 2} * {place})")
    early = f"n <= {max(contacts // 50, 200)}"
    state = "CASE WHEN mod(n, {}) = 0 THEN 'rejected' WHEN mod(n, {}) = 0 THEN 'left' ELSE 'active' END"
    fill(
        Contact,
        contacts,
        account=f"CASE WHEN {early} THEN {other} ELSE {default} END",
        campaign=f"CASE WHEN {early} THEN {one_of(lists[:2])} ELSE {skewed} END",
        contact_id="'p' || n",
        email=email,
        name=name,
        state=state.format(spread.refused, spread.left),
        custom_fields="""jsonb_build_object('field1', ARRAY['value ' || mod(n, 100)])""",
        base=f"jsonb_build_object('email', {email}, 'name', {name}, 'tags', '[]'::jsonb)",
        user=f"CASE WHEN n <= {contacts // 10} THEN {first(get_user_model())} + n - 1 END",
        created_on="now() - n * interval '1 minute'",
        changed_on="now() - n * interval '1 minute'",
    )


def parts_of_name(contacts: int, number: str) -> tuple[str, str, str]:
    """SQL for the first name, the surname and its ending of one of so many contacts."""
    kinds = spread_of(contacts).kinds
    firsts, lasts, endings = FIRST_NAMES[:kinds], LAST_NAMES[:kinds], SUFFIXES[:kinds]
    number = f"({number})"
    return (
        one_of(firsts, number),
        one_of(lasts, f"{number} / {len(firsts)}"),
        one_of(endings, f"{number} / {len(firsts) * len(lasts)}"),
    )


def full_name(contacts: int) -> str:
    """SQL for the name of the contact ``n``."""
    given, surname, ending = parts_of_name(contacts, "n")
    return f"{given} || ' ' || {surname} || {ending}"


def address(contacts: int, number: str = "n") -> str:
    """SQL for the address of a contact."""
    given, surname, _ending = parts_of_name(contacts, number)
    return f"{given} || '.' || {surname} || ({number}) || '@example.com'"


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
    fill_changes(contacts)
    fill_events(contacts)
    fill_consents(contacts)
    kinds = one_of(["campaigns", "contacts", "messages", "statistics", "segments"])
    ended_at = {
        "started_at": "now() - n * interval '1 minute'",
        "finished_at": "now()",
        "leased_until": "now()",
    }
    fill(PullRun, 5000, account=str(pks(Account)[0]), kind=kinds, **ended_at, ok="true")
    kind = str(ContentType.objects.get_for_model(Contact).pk)
    fill(
        LogEntry,
        max(contacts // 100, 20),
        content_type=kind,
        object_id=f"({first(Contact)} + n - 1)::text",
        object_repr="'x'",
        action_flag="2",
        user=str(first(get_user_model())),
    )


def fill_changes(contacts: int) -> None:
    """The outbox: a few gave up, and half of these are of contacts that were deleted."""
    count = max(contacts // 10, 400)
    gave_up = f"mod(n, {max(count // 500, 2)}) = 0"
    each = {"account": str(pks(Account)[0]), "resource": "'contact'"}
    every = contacts // count
    fill(
        Change,
        count,
        **each,
        object_pk=f"{first(Contact)} + (n - 1) * {every}",
        stamp="gen_random_uuid()",
        gave_up_at=f"CASE WHEN {gave_up} THEN now() END",
        reason=f"CASE WHEN {gave_up} THEN 'rejected' ELSE '' END",
        tombstone="""CASE WHEN mod(n, 100) = 0 THEN '{"email": "gone@example.com"}'::jsonb END""",
    )
    sides = {"field": "'name'", "here": "'\"a\"'", "there": "'\"b\"'", "won": "'local'"}
    fill(Conflict, contacts // 100, **each, object_pk=f"{first(Contact)} + (n - 1) * 10", **sides)


def fill_events(contacts: int) -> None:
    """The inbox: the latest wait, a few gave up."""
    count = max(contacts // 4, 600)
    gave_up, waits = f"mod(n, {max(count // 500, 2)}) = 0", f"n > {count - max(contacts // 1000, 250)}"
    fill(
        WebhookEvent,
        count,
        account=str(pks(Account)[0]),
        source="'webhook'",
        type="'contact_added'",
        webhook_id="'w' || n",
        contact_id="'p' || n",
        body="""'{"type": "contact_added"}'""",
        received_at=f"now() - ({count} - n) * interval '1 second'",
        processed_at=f"CASE WHEN NOT ({waits} OR {gave_up}) THEN now() END",
        gave_up_at=f"CASE WHEN {gave_up} THEN now() END",
        outcome=f"CASE WHEN {waits} OR {gave_up} THEN '' ELSE 'mirrored' END",
        reason=f"CASE WHEN {gave_up} THEN 'exhausted' ELSE '' END",
    )


def fill_consents(contacts: int) -> None:
    """What every fifth contact agreed to, as GetResponse has it and in the ledger of the site."""
    agreed = f"mod(n, {spread_of(contacts).declined}) > 0"
    number = "(n - 1) * 5"
    contact = f"{first(Contact)} + {number}"
    person = {"contact": contact, "consent_id": "'G1'", "name": "'Terms'"}
    fill(ContactConsent, contacts // 5, **person, is_granted=agreed, read_at="now()")
    fill(
        ConsentRecord,
        contacts // 5,
        account=str(pks(Account)[0]),
        email=f"lower({address(contacts, f'{number} + 1')})",
        contact=contact,
        campaign=str(pks(Campaign)[2]),
        given=agreed,
        on="now() - n * interval '1 minute'",
        text="'I agree to get the newsletter.'",
        source="'form'",
    )


def fill_profiles() -> None:
    """The customers of the example site, whose rule is asked about a person."""
    from example_project.shop.models import Profile

    users = get_user_model()
    agreed = {"newsletter": "true", "newsletter_since": "now()"}
    fill(Profile, users._default_manager.count(), user=f"{first(users)} + n - 1", **agreed)
