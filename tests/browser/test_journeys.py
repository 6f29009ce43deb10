"""Journeys of the people who use the admin. In each, nothing is wrong in the console of the browser."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import django
import pytest
from django.contrib import admin
from django.contrib.auth.models import Permission, User

from getresponse_django.models import (
    Account,
    Campaign,
    Change,
    Contact,
    FromField,
    Newsletter,
    PullRun,
    Segment,
    WebhookEvent,
)
from getresponse_django.pull import activities, contact_consents
from getresponse_django.pull.running import running
from getresponse_django.push import drain
from getresponse_django.sandbox import Sandbox
from getresponse_django.testing.pushing import push_all
from tests.browser.person import Person
from tests.pulling import pulled

pytestmark = pytest.mark.xdist_group("browser")


@pytest.fixture
def tasks_given(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The tasks that a worker was given, of which there is none here."""
    given: list[str] = []

    def hand_over(task: Any, **_kwargs: Any) -> bool:
        given.append(task.__name__)
        return True

    for module in ("accounts.pages", "contacts.actions", "contacts.readings"):
        monkeypatch.setattr(f"getresponse_django.admin.{module}.hand_over", hand_over)
    return given


def test_a_contact_is_found_edited_and_pushed(person: Person, account: Account, sandbox: Sandbox) -> None:
    person.open("contact_changelist")
    person.find("#searchbar").send_keys("ann")
    person.press("Search")
    person.press("ann@example.com")
    person.fill("Name", "Ann Miller")
    person.fill("city", "Gdańsk")
    person.choose("plan", "team")
    person.press("Save and continue editing")
    assert "Waiting to be sent to GetResponse" in person.text
    push_all(sandbox, account)
    person.reload()
    assert "The same here and in GetResponse" in person.text
    (there,) = sandbox.contacts()
    values = {one["name"]: one["value"] for one in there["customFieldValues"]}
    assert (there["name"], values) == ("Ann Miller", {"city": ["Gdańsk"], "plan": ["team"]})
    assert not Change.objects.exists()


def test_what_was_refused_is_seen_beside_its_field_mended_and_tried_again(
    person: Person, account: Account, sandbox: Sandbox
) -> None:
    contact = Contact.objects.get()
    contact.custom_fields = {"plan": ["gold"]}
    contact.save()
    drain(account)
    person.open("contact_change", contact.pk)
    assert "This could not be sent to GetResponse" in person.text
    assert "gold" in person.problems_of("plan")
    assert person.barriers() == []
    person.press("Retry what gave up")
    assert "1 change is tried again." in person.text and "Waiting to be sent" in person.text
    person.choose("plan", "pro")
    person.press("Save and continue editing")
    push_all(sandbox, account)
    (there,) = sandbox.contacts()
    assert [one["value"] for one in there["customFieldValues"]] == [["pro"]]


def test_a_pull_is_started_watched_while_it_goes_on_and_cancelled(
    person: Person, account: Account, tasks_given: list[str]
) -> None:
    person.open("account_change", account.pk)
    assert "Waiting to be sent" in person.text and "Last pulls" in person.text
    assert person.barriers() == []
    person.press("Pull now")
    assert "pull_audience" in tasks_given
    with pytest.raises(Exception, match="Cancelled"), running(account, "contacts") as run:
        run.advance(done=3, expected=10)
        person.open("account_progress", account.pk)
        assert "3 of 10 read" in person.text
        assert person.barriers() == []
        run.advance(done=2)
        run.tell()  # which advance does twice a second
        person.until(lambda: "5 of 10 read" in person.text)
        person.open("pullrun_change", run.pk)
        assert person.barriers() == []
        person.press("Cancel this pull")
        assert "being cancelled" in person.text.lower()
        run.tell()
    person.until(lambda: "cancelled in the admin" in person.text.lower())
    assert PullRun.objects.latest("pk").cancelled


def test_activities_come_while_somebody_edits_and_take_nothing_away(
    person: Person, account: Account, tasks_given: list[str]
) -> None:
    contact = Contact.objects.get()
    person.open("contact_change", contact.pk)
    person.press("Read the activities")
    assert tasks_given == ["pull_activities"]
    assert "It is being read." in person.text
    assert person.barriers() == []
    person.fill("Name", "Half a na")
    activities(contact)
    person.until(lambda: "As of" in person.find("#getresponse-activities").text)
    assert person.field("Name").get_attribute("value") == "Half a na"
    assert person.barriers() == []


def test_no_page_of_a_model_has_a_barrier(person: Person, account: Account) -> None:
    pulled("messages", "statistics")
    contact_consents(Contact.objects.get())
    pages: dict[str, list[int]] = {"campaign_changelist": [], "autoresponder_changelist": []}
    for model in admin.site._registry:
        if model._meta.app_label == "getresponse_django" and (row := model._base_manager.last()):
            pages[f"{model._meta.model_name}_change"] = [row.pk]
    assert {"autoresponder_change", "rssnewsletter_change", "abtest_change", "statistic_change"} <= set(pages)
    found = {}
    for page, args in pages.items():
        person.open(page, *args)
        found[page] = person.barriers()
    assert {page: barriers for page, barriers in found.items() if barriers} == {}


def test_a_draft_is_sent_after_a_confirmation(person: Person, account: Account, sandbox: Sandbox) -> None:
    pulled("messages")
    customers = Campaign.objects.get(name="customers")
    draft = Newsletter.objects.create(
        account=account,
        campaign=customers,
        from_field=FromField.objects.filter(is_active=True)[0],
        name="March",
        subject="What is new",
        html="<p>Hello</p>",
        type="draft",
        send_settings={"selectedCampaigns": [customers.campaign_id]},
    )
    push_all(sandbox, account)
    person.open("newsletter_change", draft.pk)
    assert person.barriers() == []
    person.press("Send…")
    assert "Nothing is sent yet" in person.text
    assert person.barriers() == []
    person.press("Continue")
    assert "It will go out at once." in person.text and "What is new" in person.text
    assert person.barriers() == []
    assert states_in_getresponse(sandbox, "March") == ["draft"]
    person.press("Yes, send it now")
    assert "Sending at once confirmed." in person.text
    push_all(sandbox, account)
    assert "draft" not in states_in_getresponse(sandbox, "March")
    assert len(states_in_getresponse(sandbox, "March")) == 1
    assert not Change.objects.exists()
    person.reload()
    assert "sent" in person.text.lower()
    assert person.barriers() == []


def states_in_getresponse(sandbox: Sandbox, name: str) -> list[str]:
    """The states of the newsletters of this name there."""
    return [each.status for each in sandbox._store.newsletters.values() if each.name == name]


def test_the_overview_leads_to_what_is_wrong(person: Person, account: Account) -> None:
    account.open_circuit("The key is not known.")
    person.open_app()
    assert "Contacts on all lists" in person.text and "GetResponse refuses this account" in person.text
    assert person.barriers() == []
    person.press("Mend the key or the account in GetResponse, then use “Check the key”.")
    assert person.find("[name=_check_key]").is_displayed()


def test_a_segment_is_made_of_the_filters(person: Person, account: Account) -> None:
    campaign = Contact.objects.get().campaign
    person.open("contact_changelist", query=f"?campaign__id__exact={campaign.pk}")
    person.press("Segment of these filters")
    assert "on the list customers" in person.text
    assert person.barriers() == []
    person.fill("Name", "Our customers")
    person.press("Create the segment")
    assert "The segment is recorded." in person.text
    assert person.barriers() == []
    assert Segment.objects.get().name == "Our customers"
    person.open("segment_changelist")
    assert "Our customers" in person.text
    assert person.barriers() == []


def test_a_file_of_contacts_is_looked_at_and_imported(
    person: Person, account: Account, tmp_path: Path
) -> None:
    (tmp_path / "people.csv").write_text("email,name\nbo@example.com,Bo\nnobody,\n")
    person.open("contact_changelist")
    person.press("Import CSV")
    assert person.barriers() == []
    person.choose("List", "customers")
    person.field("CSV file").send_keys(str(tmp_path / "people.csv"))
    person.driver.execute_script("document.getElementById('id_consented_at').value = '2026-01-02T10:00:00'")
    person.press("Look at the file")
    assert "1 contact will be put on the list." in person.text and "Line 3:" in person.text
    assert person.barriers() == []
    person.press("Put them on the list")
    assert "1 contact is on the list." in person.text
    assert Contact.objects.get(email="bo@example.com").state == "new"


def test_why_a_person_is_not_subscribed_is_answered(person: Person, account: Account) -> None:
    person.open("contact_changelist")
    assert person.barriers() == []
    person.press("One person on all lists")
    person.find("#getresponse-email").send_keys("ann@example.com")
    person.press("Show")
    assert "customers: on the list" in person.text
    assert person.barriers() == []


def test_unsubscribing_asks_first(person: Person, account: Account) -> None:
    person.open("contact_changelist")
    person.find("input[name=_selected_action]").click()
    person.choose("Action:", "Unsubscribe from their lists")
    person.press("Run" if django.VERSION >= (6, 1) else "Go")
    assert "Unsubscribe 1 contact?" in person.text and "ann@example.com" in person.text
    assert person.barriers() == []
    person.press("Unsubscribe them")
    assert "1 contact will leave its list." in person.text
    assert Contact.objects.get().state == "leaving"


def test_who_may_only_read_is_offered_nothing(
    person_with: Callable[[User], Person], account: Account
) -> None:
    reader = User.objects.create_user("reader", is_staff=True)
    reader.user_permissions.set(Permission.objects.filter(codename__in=["view_contact", "view_pullrun"]))
    person = person_with(reader)
    person.open("contact_change", Contact.objects.get().pk)
    assert "ann@example.com" in person.text
    offered = person.driver.find_elements("css selector", "#content button, #content [type=submit]")
    assert [each.text for each in offered] == []
    assert person.barriers() == []


def test_what_is_full_of_script_is_only_read(person: Person, account: Account, sandbox: Sandbox) -> None:
    script = "<img src=x onerror=alert(1)><script>alert(1)</script>"
    Contact.plain.update(name=script, note=script, last_error=script, custom_fields={script: [script]})
    for page, *args in (("contact_changelist",), ("contact_change", Contact.objects.get().pk)):
        person.open(page, *args)
        assert "<script>alert(1)</script>" in person.driver.page_source.replace("&lt;", "<").replace(
            "&gt;", ">"
        )
        assert person.driver.find_elements("css selector", "img[src=x]") == []


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_pages_that_are_saved_as_they_are_send_nothing(person: Person, account: Account, end: str) -> None:
    pulled("messages")
    contact, draft = Contact.objects.get(), Newsletter.objects.get(type="draft")
    lines = f"First line{end}Second line{end}"
    Contact.plain.filter(pk=contact.pk).update(note=lines)
    texts = {"html": f"<p>{end}{lines}</p>{end}", "plain_text": f"  {lines}"}
    Newsletter.plain.filter(pk=draft.pk).update(**texts)
    for page, row in (("contact_change", contact), ("newsletter_change", draft)):
        person.open(page, row.pk)
        person.press("Save")
        assert "was changed successfully" in person.text
    assert not Change.objects.exists()
    assert Contact.objects.get().note == lines
    assert Newsletter.plain.filter(**texts).exists()


def test_what_a_webhook_told_is_scrolled_with_the_keys_of_a_narrow_screen(
    person: Person, account: Account
) -> None:
    event = WebhookEvent.objects.create(account=account, source="webhook", body={"name": "long " * 40})
    size = person.driver.get_window_size()
    person.driver.set_window_size(500, 900)
    try:
        person.open("webhookevent_change", event.pk)
        assert person.barriers() == []
    finally:
        person.driver.set_window_size(size["width"], size["height"])
