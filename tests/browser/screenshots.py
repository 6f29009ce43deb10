"""python -m tests.browser.screenshots DIR: pictures of the admin in light, dark and on a narrow screen."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import django

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


def take(person: Any, contact: Any, folder: Path) -> None:
    """All pictures, each of the whole page."""
    for look, (theme, width) in LOOKS.items():
        person.driver.execute_script("localStorage.setItem('theme', arguments[0])", theme)
        for name, (page, *args) in pages(contact).items():
            person.driver.set_window_size(width, 900)
            if page == APP:
                person.open_app()
            else:
                person.open(page, *args, query=f"?email={contact.email}" if name == "person" else "")
            person.driver.set_window_size(width, min(4000, person.driver.execute_script(HEIGHT)))
            person.driver.save_screenshot(str(folder / f"{name}-{look}.png"))


HEIGHT = "return Math.max(document.body.scrollHeight, document.documentElement.scrollHeight) + 150"


def main() -> None:
    """Into the folder that is named."""
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    django.setup()
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    with demo_site() as (person, contact):
        take(person, contact, folder)
    print(f"{len(list(folder.glob('*.png')))} pictures in {folder}")


if __name__ == "__main__":
    main()
