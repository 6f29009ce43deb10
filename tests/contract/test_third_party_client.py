"""A client by somebody else, ``getresponse`` 0.1.4, does its work on our sandbox: its models are generated
from the official specification, so what it can read is not only what we believe an answer looks like.

What it cannot do, and would not be able to do with GetResponse either: its ``NewContact`` requires
``contactId`` and ``href``, which only the API gives, so a typed create sends an invented pair, as below (the
sandbox ignores what is read-only); ``NewContact`` and ``create_batch_contacts`` return nothing, so what was
created has to be looked up; no answer tells the headers, so a list ends with its first short page; and what
its models refuse although the contract has it, one of the tests names.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from getresponse import GetResponseClient, models
from getresponse._core import GetResponseApiError, RateLimitError
from getresponse._ratelimit import RateLimitOptions
from pydantic import ValidationError

from getresponse_django.sandbox import Sandbox

CONTACTS = 230
Job = Callable[[GetResponseClient], Awaitable[Any]]


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(contacts=CONTACTS, landing_delay=0, limits=False) as sandbox:
        yield sandbox


def run(sandbox: Sandbox, job: Job, **options: Any) -> Any:
    """What ``job`` returns, of a client for the sandbox."""

    async def main() -> Any:
        async with GetResponseClient(sandbox.key, base_url=sandbox.url, **options) as client:
            return await job(client)

    return asyncio.run(main())


def test_it_pages_through_all_contacts(sandbox: Sandbox) -> None:
    async def job(client: GetResponseClient) -> list[Any]:
        contacts = client.contacts.get_contact_list
        return [one async for one in client.paginate(contacts, per_page=50, sort_email="ASC")]

    contacts = run(sandbox, job)
    assert [one.email for one in contacts] == sorted(one["email"] for one in sandbox.contacts())
    assert [request.query["page"] for request in sandbox.requests] == ["1", "2", "3", "4", "5"]
    assert {type(one.created_on) for one in contacts} == {datetime}


def test_it_filters_by_everything_it_can(sandbox: Sandbox) -> None:
    wanted = sandbox.contacts()[7]

    async def job(client: GetResponseClient) -> list[Any]:
        return await client.contacts.get_contact_list(
            query_email=wanted["email"],
            query_name=wanted["name"],
            query_campaign_id=wanted["campaign"]["campaignId"],
            query_origin=models.GetContactListQueryOrigin(wanted["origin"]),
            query_created_on_from=datetime.fromisoformat(wanted["createdOn"]),
            query_changed_on_to=datetime.now(UTC) + timedelta(days=1),
            additional_flags="exactMatch",
        )

    assert [one.contact_id for one in run(sandbox, job)] == [wanted["contactId"]]


def test_its_models_do_not_take_what_the_contract_allows(sandbox: Sandbox) -> None:
    """A projection has the id and what was asked for (contract/behaviour-core.md section 4), and campaign
    statistics are keyed objects (behaviour-contacts.md section 8); it wants whole objects, and lists.
    """
    campaign = sandbox.campaigns()[0]["campaignId"]
    for job in (
        lambda client: client.contacts.get_contact_list(fields="email"),
        lambda client: client.campaigns_lists.get_campaign_statistics_balance(query_campaign_id=campaign),
    ):
        with pytest.raises(ValidationError):
            run(sandbox, job)
    assert {request.status for request in sandbox.requests} == {200}


def test_it_creates_reads_updates_and_deletes_a_contact(sandbox: Sandbox) -> None:
    campaign = sandbox.campaigns()[0]["campaignId"]
    field = next(one["customFieldId"] for one in sandbox.custom_fields() if one["name"] == "plan")
    tags = [one["tagId"] for one in sandbox.tags()]
    value = models.NewContactCustomFieldValue(customFieldId=field, value=["pro"])

    async def job(client: GetResponseClient) -> None:
        contacts = client.contacts
        body = models.NewContact(
            contactId="invented",
            href="https://example.com/invented",
            email="new@example.com",
            name="New",
            campaign=models.CampaignReference(campaignId=campaign),
            dayOfCycle="0",
            tags=[models.NewContactTag(tagId=tags[0])],
            customFieldValues=[value],
        )
        await contacts.create_contact(body)
        (found,) = await contacts.get_contact_list(query_email=body.email)
        assert found.contact_id != "invented"
        detail = await contacts.get_contact_by_id(found.contact_id)
        assert (detail.name, detail.day_of_cycle) == ("New", "0")
        changed = await contacts.update_contact(found.contact_id, models.UpdateContact(name="Old", scoring=3))
        assert (changed.name, changed.scoring) == ("Old", 3)
        both = models.UpsertContactTags(tags=[models.NewContactTag(tagId=tags[1])])
        assert {one["tagId"] for one in await contacts.upsert_tags(found.contact_id, both)} == set(tags[:2])
        values = models.UpsertContactCustomFields(customFieldValues=[value])
        assert len(await contacts.upsert_contact_customs(found.contact_id, values)) == 1
        assert await contacts.get_activities(found.contact_id) == []
        assert await contacts.get_contact_consents_by_id(found.contact_id) == []
        await contacts.delete_contact(found.contact_id)
        with pytest.raises(GetResponseApiError) as gone:
            await contacts.get_contact_by_id(found.contact_id)
        assert (gone.value.status_code, gone.value.code) == (404, 1013)

    run(sandbox, job)
    assert len(sandbox.contacts()) == CONTACTS


def test_it_reads_every_contact_in_full(sandbox: Sandbox) -> None:
    async def job(client: GetResponseClient) -> None:
        for contact in sandbox.contacts()[:40]:
            detail = await client.contacts.get_contact_by_id(contact["contactId"])
            assert detail.email == contact["email"]
            assert [tag.tag_id for tag in detail.tags or []] == [tag["tagId"] for tag in contact["tags"]]

    run(sandbox, job)


def test_it_keeps_campaigns(sandbox: Sandbox) -> None:
    async def job(client: GetResponseClient) -> None:
        campaigns = client.campaigns_lists
        assert len(await campaigns.get_campaign_list()) == len(sandbox.campaigns())
        made = await campaigns.create_campaign(models.NewCampaign(name="made by a stranger"))
        detail = await campaigns.get_campaign(made.campaign_id)
        assert detail.name == "made by a stranger"
        await campaigns.update_campaign(made.campaign_id, models.UpdateCampaign(name="renamed"))
        (found,) = await campaigns.get_campaign_list(query_name="renamed")
        assert found.campaign_id == made.campaign_id
        first = sandbox.campaigns()[0]["campaignId"]
        (size,) = await campaigns.get_campaign_statistics_list_size(query_campaign_id=first)
        assert size.total_subscribers == len(sandbox.contacts(first))

    run(sandbox, job)


def test_it_keeps_tags(sandbox: Sandbox) -> None:
    async def job(client: GetResponseClient) -> None:
        before = await client.tags.get_tags_list()
        made = await client.tags.create_tag(models.NewTag(name="stranger"))
        assert (await client.tags.get_tag_by_id(made.tag_id)).name == "stranger"
        await client.tags.update_tag(made.tag_id, models.UpdateTag(name="other"))
        await client.tags.delete_tag(made.tag_id)
        assert await client.tags.get_tags_list() == before

    run(sandbox, job)


def test_it_keeps_custom_fields(sandbox: Sandbox) -> None:
    async def job(client: GetResponseClient) -> None:
        fields = client.custom_fields
        before = await fields.get_custom_field_list()
        options = {"type": "string", "format": "single_select", "hidden": "false", "values": ["a", "b"]}
        made = await fields.create_custom_field(models.NewCustomField(name="stranger", **options))
        update = models.UpdateCustomField(hidden="true", values=["a", "b", "c"])
        await fields.update_custom_field(made.custom_field_id, update)
        assert (await fields.get_custom_field_by_id(made.custom_field_id)).values == ["a", "b", "c"]
        await fields.delete_custom_field(made.custom_field_id)
        assert await fields.get_custom_field_list() == before

    run(sandbox, job)


def test_it_keeps_newsletters(sandbox: Sandbox) -> None:
    campaign = sandbox.campaigns()[0]["campaignId"]

    async def job(client: GetResponseClient) -> None:
        newsletters = client.newsletters
        for one in await newsletters.get_newsletter_list(per_page=100):
            detail = await newsletters.get_newsletter(one.newsletter_id)
            assert detail.subject == one.subject
            await newsletters.get_single_newsletter_statistics(one.newsletter_id)
        (sender, *_) = await client.from_fields.get_from_field_list()
        draft = models.NewNewsletter(
            subject="From a stranger",
            type="draft",
            fromField={"fromFieldId": sender.from_field_id},
            campaign={"campaignId": campaign},
            content=models.MessageContent(plain="Hi"),
            sendSettings={"selectedCampaigns": [campaign]},
        )
        made = await newsletters.create_newsletter(draft)
        await newsletters.delete_newsletter(made.newsletter_id)
        with pytest.raises(GetResponseApiError) as gone:
            await newsletters.get_newsletter(made.newsletter_id)
        assert gone.value.status_code == 404

    run(sandbox, job)


def test_an_error_of_ours_is_an_error_of_its() -> None:
    with Sandbox() as sandbox:

        async def job(client: GetResponseClient) -> None:
            with pytest.raises(GetResponseApiError) as refused:
                await client.tags.create_tag(models.NewTag(name="x"))
            assert (refused.value.status_code, refused.value.code) == (400, 1003)
            assert refused.value.uuid and refused.value.more_info

        run(sandbox, job)


def test_its_own_limiter_keeps_within_the_limits() -> None:
    """All calls start at once. The margin is for its bucket: ten calls that wait do not see each other."""

    async def job(client: GetResponseClient) -> None:
        await asyncio.gather(*(client.tags.get_tags_list() for _ in range(45)))

    with Sandbox() as sandbox:
        started = time.monotonic()
        run(sandbox, job, rate_limit=RateLimitOptions(safety_margin=0.25))
        assert time.monotonic() - started > 0.5
        assert {request.status for request in sandbox.requests} == {200}


def test_its_limiter_understands_our_429() -> None:
    async def job(client: GetResponseClient) -> list[Any]:
        return await client.tags.get_tags_list()

    with Sandbox() as sandbox:
        headers = {"X-RateLimit-Reset": "1 seconds", "X-RateLimit-Remaining": "0"}
        sandbox.fail(429, headers=headers)
        assert run(sandbox, job, rate_limit=RateLimitOptions())
        assert [request.status for request in sandbox.requests] == [429, 200]
        sandbox.fail(429, headers=headers | {"X-RateLimit-Reset": "100 seconds"})
        with pytest.raises(RateLimitError) as refused:
            run(sandbox, job, rate_limit=RateLimitOptions())
        assert refused.value.reset_seconds == 100
