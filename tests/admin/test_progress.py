"""Long work: its progress is shown, it can be left and come back to, and it can be ended."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from getresponse_django.admin.accounts.progress import progress_url
from getresponse_django.models import Account, Change, Contact, PullRun
from getresponse_django.models.runs import Cancelled
from getresponse_django.pull.running import running
from getresponse_django.sandbox import Sandbox
from tests.admin.conftest import act, page_url, said
from tests.pulling import pulled


def begun(account: Account, kind: str = "contacts") -> PullRun:
    run = PullRun.objects.begin(account, kind)
    assert run is not None
    return run


def cancel(client: Client, run: PullRun) -> Any:
    return client.post(reverse("admin:getresponse_django_pullrun_cancel", args=[run.pk]), follow=True)


def test_a_run_shows_how_far_it_is_and_renews_itself_also_without_scripts(
    admin_client: Client, account: Account
) -> None:
    run = begun(account)
    run.advance(done=300, written=5, expected=1200)
    content = admin_client.get(page_url(run)).content.decode()
    assert '<progress max="1200" value="300"' in content and "300 of 1200 read" in content
    assert 'data-running="true"' in content and "live.js" in content
    assert '<noscript><meta http-equiv="refresh" content="5"></noscript>' in content


def test_a_run_that_has_ended_stays_as_it_is(admin_client: Client, account: Account) -> None:
    run = begun(account)
    run.finish(ok=True)
    content = admin_client.get(page_url(run)).content.decode()
    assert 'data-running="false"' in content and "refresh" not in content and "Cancel" not in content


def test_a_cancelled_run_ends_at_its_next_sign_of_life(
    admin_client: Client, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("getresponse_django.models.runs.SIGN_OF_LIFE", 0)
    with pytest.raises(Cancelled), running(account, "contacts") as run:
        run.advance(done=1)
        assert "It ends at its next page" in said(cancel(admin_client, run))
        assert "being cancelled" in admin_client.get(page_url(run)).content.decode()
        run.advance(done=1)
    stored = PullRun.objects.get()
    assert (stored.cancelled, stored.ok, stored.done) == (True, None, 2)
    content = admin_client.get(page_url(stored)).content.decode()
    assert "cancelled" in content and "Cancelled in the admin" in content
    assert "failed" not in admin_client.get(page_url(account)).content.decode()
    assert PullRun.objects.begin(account, "contacts") is not None


@pytest.mark.django_db(transaction=True)
def test_the_pull_after_a_cancelled_one_reads_what_it_left(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    sandbox.add_contact("ann@example.com", "customers")
    pulled("campaigns", "fields", "tags")
    begin = PullRun.objects.begin

    def begin_and_cancel(account: Account, kind: str) -> PullRun | None:
        run = begin(account, kind)
        PullRun.objects.alive().cancel()
        return run

    with monkeypatch.context() as patch:
        patch.setattr(type(PullRun.objects), "begin", lambda _self, *args: begin_and_cancel(*args))
        with pytest.raises(Cancelled):
            pulled("contacts")
    pulled("contacts")
    assert Contact.objects.get().email == "ann@example.com"


def test_what_has_ended_cannot_be_cancelled(admin_client: Client, account: Account) -> None:
    run = begun(account)
    run.finish(ok=True)
    assert "ended already" in said(cancel(admin_client, run))
    assert not PullRun.objects.get().cancel_requested


def test_who_may_only_read_sees_the_progress_and_cannot_end_it(
    client_with: Callable[..., Client], account: Account
) -> None:
    run, reader = begun(account), client_with("view")
    for url in (page_url(run), progress_url(account.pk)):
        content = reader.get(url).content.decode()
        assert "running" in content and "Cancel" not in content and "Pause" not in content
    assert cancel(reader, run).status_code == 403
    reader.post(progress_url(account.pk), {"cancel": "1"})
    assert not PullRun.objects.get().cancel_requested
    assert client_with().get(progress_url(account.pk)).status_code == 403


def test_the_progress_of_an_account_shows_push_and_pulls(admin_client: Client, account: Account) -> None:
    begun(account).advance(done=2, expected=4)
    Change.objects.create(account=account, resource="tag", object_pk=1)
    Change.objects.create(account=account, resource="tag", object_pk=2, leased_until=timezone.now())
    context = admin_client.get(progress_url(account.pk)).context
    assert (context["outbox"].waiting, context["running"]) == (2, True)
    assert [last.run.done for last in context["runs"]] == [2]


def test_pushing_is_paused_and_goes_on(admin_client: Client, account: Account) -> None:
    Change.objects.create(account=account, resource="tag", object_pk=1)
    page = admin_client.post(progress_url(account.pk), {"pause": "1"}, follow=True)
    assert not page.context["running"] and "paused in the admin" in page.content.decode()
    assert Account.objects.get().paused
    assert admin_client.post(progress_url(account.pk), {"go_on": "1"}, follow=True).context["running"]
    assert [each.get_change_message() for each in LogEntry.objects.order_by("pk")] == [
        "Pushing was paused.",
        "Pushing goes on.",
    ]


def test_all_pulls_of_an_account_are_cancelled(admin_client: Client, account: Account) -> None:
    begun(account), begun(account, "tags"), begun(Account.objects.for_alias("other"))
    admin_client.post(progress_url(account.pk), {"cancel": "1"})
    assert PullRun.objects.filter(cancel_requested=True).count() == 2


def test_who_starts_a_pull_is_shown_the_way_to_its_progress(
    admin_client: Client, account: Account, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("getresponse_django.admin.accounts.pages.hand_over", lambda *_args, **_kwargs: True)
    assert progress_url(account.pk) in said(act(admin_client, Account, "pull_now", account))
