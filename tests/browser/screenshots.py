"""python -m tests.browser.screenshots [DIR]: pictures of the admin in light, dark and on a narrow screen.

Without DIR, those of the documentation anew: what lies in docs/screenshots, and nothing else.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import django

DOCS = Path(__file__).resolve().parents[2] / "docs" / "screenshots"

LOOKS = {"light": ("light", 1280), "dark": ("dark", 1280), "narrow": ("light", 390)}
"""Theme and width in pixels."""

APP = "app"
"""The admin's page of this app, which is none of a model."""


@contextmanager
def demo_site() -> Iterator[tuple[Any, Any]]:
    """(a person before a browser, the contact that shows most), on a site of its own with demo data."""
    from django.conf import settings
    from django.contrib.auth.models import User
    from django.contrib.staticfiles.handlers import StaticFilesHandler
    from django.db import connections
    from django.test import Client, override_settings
    from django.test.testcases import LiveServerThread
    from django.test.utils import setup_databases, teardown_databases

    from getresponse_django.sandbox import Sandbox
    from tests.browser.chromium import running_chromium
    from tests.browser.demo_data import make_data
    from tests.browser.person import Person

    databases = setup_databases(verbosity=0, interactive=False)
    with Sandbox(contacts=60, seed=7, landing_delay=0) as sandbox:
        account = settings.GETRESPONSE["ACCOUNTS"]["default"] | {"BASE_URL": sandbox.url}
        ours = settings.GETRESPONSE | {"ACCOUNTS": {"default": account}}
        with override_settings(GETRESPONSE=ours, ALLOWED_HOSTS=["*"]), running_chromium() as driver:
            contact = make_data()
            client = Client()
            client.force_login(User.objects.create_superuser("demo"))
            server = LiveServerThread("127.0.0.1", StaticFilesHandler)
            server.start()
            server.is_ready.wait()
            person = Person(driver, f"http://127.0.0.1:{server.port}")
            person.enter(client.cookies["sessionid"].value)
            yield person, contact
            driver.get("about:blank")
            server.terminate()
    connections.close_all()
    teardown_databases(databases, verbosity=0)


def pages(contact: Any) -> dict[str, tuple[Any, ...]]:
    """Name of a picture -> page, its arguments, its query."""
    from getresponse_django.models import (
        Autoresponder,
        Campaign,
        Contact,
        Newsletter,
        PullRun,
        RssNewsletter,
        Segment,
        WebhookEvent,
    )

    refused = Contact.objects.exclude(last_errors={}).get()
    draft = Newsletter.objects.get(type="draft")
    sent = Newsletter.objects.exclude(type="draft").latest("send_on")
    return {
        "overview": (APP,),
        "account": ("account_change", contact.account_id),
        "contacts": ("contact_changelist",),
        "contact": ("contact_change", contact.pk),
        "refused": ("contact_change", refused.pk),
        "new-contact": ("contact_add",),
        "person": ("contact_person",),
        "progress": ("account_progress", contact.account_id),
        "changes": ("change_changelist",),
        "pulls": ("pullrun_changelist",),
        "pull": ("pullrun_change", PullRun.objects.latest("pk").pk),
        "newsletters": ("newsletter_changelist",),
        "newsletter": ("newsletter_change", sent.pk),
        "draft": ("newsletter_change", draft.pk),
        "send": ("newsletter_send", draft.pk),
        "autoresponders": ("autoresponder_changelist",),
        "autoresponder": ("autoresponder_change", Autoresponder.objects.order_by("pk")[0].pk),
        "rss-newsletters": ("rssnewsletter_changelist",),
        "rss-newsletter": ("rssnewsletter_change", RssNewsletter.objects.order_by("pk")[0].pk),
        "campaigns": ("campaign_changelist",),
        "campaign": ("campaign_change", Campaign.objects.get(name="customers").pk),
        "segments": ("segment_changelist",),
        "segment": ("segment_change", Segment.objects.order_by("pk")[0].pk),
        "inbox": ("webhookevent_changelist",),
        "event": ("webhookevent_change", WebhookEvent.objects.latest("pk").pk),
    }


def take(person: Any, contact: Any, folder: Path, only: set[str]) -> int:
    """All pictures, or those of these names, each of the whole page. Returns how many."""
    taken = 0
    for look, (theme, width) in LOOKS.items():
        person.driver.execute_script("localStorage.setItem('theme', arguments[0])", theme)
        for name, (page, *args) in pages(contact).items():
            picture = name if look == "light" else f"{name}-{look}"
            if only and picture not in only:
                continue
            person.driver.set_window_size(width, 900)
            if page == APP:
                person.open_app()
            else:
                person.open(page, *args, query=f"?email={contact.email}" if name == "person" else "")
            person.driver.set_window_size(width, min(4000, person.driver.execute_script(HEIGHT)))
            person.driver.save_screenshot(str(folder / f"{picture}.png"))
            taken += 1
    return taken


HEIGHT = "return Math.max(document.body.scrollHeight, document.documentElement.scrollHeight) + 150"


def main() -> None:
    """Into the folder that is named. Exits with 1 where a picture of the documentation is none of ours."""
    if len(sys.argv) > 2:
        sys.exit(__doc__)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    django.setup()
    folder = Path(sys.argv[1]) if sys.argv[1:] else DOCS
    folder.mkdir(parents=True, exist_ok=True)
    only = {path.stem for path in DOCS.glob("*.png")} if folder == DOCS else set[str]()
    with demo_site() as (person, contact):
        taken = take(person, contact, folder, only)
    print(f"{taken} pictures in {folder}")
    if only and taken != len(only):
        sys.exit(f"{len(only) - taken} pictures in {folder} have names that no page here has.")


if __name__ == "__main__":
    main()
