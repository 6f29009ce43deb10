"""The story of the demo, step by step. Every step returns its proof as lines of text, or raises DemoFailed.

The work is done by the site, the worker and beat; this process only clicks, waits and looks.
Importing this needs Django set up.
"""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Callable
from datetime import datetime

import requests
from django.utils import timezone
from kombu.utils.url import sanitize_url

from example_project.celery import app
from getresponse_django.models import (
    Account,
    Campaign,
    ConsentRecord,
    Contact,
    Newsletter,
    PullRun,
    Statistic,
    WebhookEvent,
)

from .browser import Browser
from .failure import DemoFailed
from .mailbox import mail_to, path_in
from .processes import Processes
from .remote import Found, Remote, tags_of, values_of
from .world import World

CUSTOMERS, NEWS = "customers", "newsletter"
"""The lists of those who registered, and of those who only filled the form on the home page."""
PULLS = {
    "pull_audience": {"campaigns", "fields", "tags", "contacts"},
    "pull_messages": {"messages"},
    "pull_statistics": {"statistics"},
}
"""Task -> the kinds of the runs it makes, one after the other."""


class Story:
    """One run of the demo: its world, its processes, a customer and a reader of the news."""

    def __init__(self, world: World, processes: Processes) -> None:
        self.world, self.processes = world, processes
        self.browser = Browser(world.site)
        self.customers, self.news = Remote(world.sandbox, CUSTOMERS), Remote(world.sandbox, NEWS)
        self.worker_log = world.folder / "worker.log"
        self.email = f"anna.{secrets.token_hex(4)}@example.com"
        self.reader = f"ben.{secrets.token_hex(4)}@example.com"
        self.password = f"demo-{secrets.token_hex(4)}"

    @property
    def steps(self) -> list[tuple[str, Callable[[], list[str]]]]:
        """Every step with its title, in order."""
        return [
            ("Migrate the database, make the superuser", self.prepare_database),
            ("Start the sandbox, a GetResponse of our own", self.start_sandbox),
            ("Start the Celery worker", self.start_worker),
            ("Start beat", self.start_beat),
            ("Start the site", self.start_site),
            ("First pull, by the worker", self.pull),
            ("A visitor signs up with the form on the home page", self.sign_up),
            ("Another one registers, with the newsletter ticked", self.register),
            ("The customer changes the name", self.rename),
            ("The customer leaves by the link in a mail, without a login", self.leave),
            ("The reader unsubscribes in GetResponse, which tells the site", self.unsubscribe),
            ("Pull the statistics, by the worker", self.pull_statistics),
        ]

    # Getting ready

    def prepare_database(self) -> list[str]:
        output = self.processes.run("migrate", "manage.py", "migrate", "--no-color")
        made = self.processes.run(
            "superuser", "manage.py", "createsuperuser", "--noinput", also_fine="already taken"
        )
        admin = "was there before" if "already taken" in made else "has the password admin"
        return [f"{output.count('... OK')} migrations applied", f"the superuser admin {admin}"]

    def start_sandbox(self) -> list[str]:
        arguments = ["--port", str(self.world.sandbox_port), "--contacts", "300", "--landing-delay", "1"]
        self.processes.start("sandbox", "-m", "getresponse_django.sandbox", *arguments)
        contacts = self.processes.wait_for("the sandbox to answer", self.customers.contacts, "sandbox")
        return [f"{self.world.sandbox}/v3 has {len(contacts)} contacts on the list {CUSTOMERS}"]

    def start_worker(self) -> list[str]:
        self.refuse_dead_broker()
        started = timezone.now()
        arguments = ["worker", "--pool", "solo", "--loglevel", "INFO"]
        self.processes.start("worker", "-m", "celery", "--app", "example_project", *arguments)
        self.send("push_changes")
        self.processes.wait_for("the worker to do a task", lambda: self.was_seen("worker", started), "worker")
        return ["it did its first task, and left worker_seen_at in the database"]

    def refuse_dead_broker(self) -> None:
        """Raise DemoFailed at once when the broker is down: a worker would try for ever."""
        try:
            with app.connection_for_write() as connection:
                connection.ensure_connection(max_retries=1, interval_start=0, timeout=5)
        except Exception as error:  # every transport has its own
            place = sanitize_url(os.environ["CELERY_BROKER_URL"])
            raise DemoFailed(f"The worker cannot start: no broker at {place} ({error}).") from None

    def start_beat(self) -> list[str]:
        schedule = self.world.folder / "beat-schedule"
        started = timezone.now()
        arguments = ["beat", "--schedule", str(schedule), "--pidfile=", "--loglevel", "INFO"]
        self.processes.start("beat", "-m", "celery", "--app", "example_project", *arguments)
        self.processes.wait_for("beat to send a task", lambda: self.was_seen("beat", started), "beat")
        return [f"it sent the first of {len(app.conf.beat_schedule)} periodic tasks, and the worker did it"]

    def start_site(self) -> list[str]:
        address = f"127.0.0.1:{self.world.port}"
        self.processes.start("site", "manage.py", "runserver", "--noreload", address)
        self.processes.wait_for("the site to answer", self.site_answers, "site")
        self.customers.tell(self.world.webhook_url)
        return [
            f"GET {self.world.site}/ answered 200",
            "what happens in the sandbox is told to its webhook",
        ]

    # The main job

    def pull(self) -> list[str]:
        for task in ("pull_audience", "pull_messages"):
            self.pull_with(task)
        counts = {model: model.objects.count() for model in (Campaign, Contact, Newsletter)}
        if not all(counts.values()):
            raise DemoFailed(f"The pull left a table empty: {counts}.", self.worker_log)
        return [", ".join(f"{count} {model._meta.verbose_name_plural}" for model, count in counts.items())]

    def sign_up(self) -> list[str]:
        action = re.search(r'action="(/getresponse/signup/[^"]+)"', self.browser.read("/"))
        if action is None:
            raise DemoFailed("The home page has no signup form.")
        fields = {"email": self.reader, "name": "Ben Lis", "consent": "on", "consent_wording": "1"}
        self.browser.submit("/", fields, action=action[1])
        linked = self.active(self.reader)
        record = ConsentRecord.objects.of(linked).get(given=True)
        return [
            "POST to the form answered 302, to the page of thanks",
            f"the sandbox has {self.reader} on the list {NEWS}",
            f"the ledger of consents has version {record.version} of {record.text!r}",
        ]

    def register(self) -> list[str]:
        fields = {"email": self.email, "name": "Anna Nowak", "city": "Gdynia", "consent": "on"}
        answered = self.browser.submit("/register/", fields | {"password": self.password})
        self.await_customer("the new contact", lambda contact: contact["name"] == "Anna Nowak")
        linked = self.active(self.email)
        contact = self.await_customer("field and tag", lambda one: values_of(one, "city") and tags_of(one))
        city, tags = ", ".join(values_of(contact, "city")), ", ".join(tags_of(contact))
        return [
            answered,
            f"the sandbox has {contact['email']}: name {contact['name']!r}, "
            f"custom field city = {city!r}, tag {tags!r}",
            f"the site has it {linked.state}, linked to the id {linked.contact_id!r}",
        ]

    def rename(self) -> list[str]:
        fields = {"email": self.email, "name": "Anna Kowalska", "city": "Gdynia", "plan": "pro"}
        answered = self.browser.submit("/profile/", fields)
        contact = self.await_customer("the new name", lambda contact: contact["name"] == "Anna Kowalska")
        return [answered, f"the sandbox has {contact['email']}: name {contact['name']!r}"]

    def leave(self) -> list[str]:
        mail = self.processes.wait_for(
            "the mail of the shop", lambda: mail_to(self.email, self.world.mails), "site"
        )
        page, stranger = path_in(mail.get_content()), Browser(self.world.site)
        [contact] = Contact.objects.filter(email=self.email)
        stranger.submit(page, {"name": contact.name, "leave": str(contact.pk)})
        self.processes.wait_for("the contact to be gone", lambda: not self.find_customer(), "worker")
        self.processes.wait_for("the profile to say so", self.profile_says_no, "worker")
        return [
            f"the mail {mail['Subject']!r} has the link, and a header for mail programs: "
            f"{mail['List-Unsubscribe-Post']}",
            f"the sandbox has no contact {self.email} on the list {CUSTOMERS} any more",
            "the profile of the customer says: You do not get it.",
        ]

    def unsubscribe(self) -> list[str]:
        contact = self.news.contact(self.reader)
        if contact is None:
            raise DemoFailed(f"{self.reader} is not on the list {NEWS} any more.", self.worker_log)
        began = timezone.now()  # an earlier demo on the same database had the same ids
        self.news.unsubscribe(contact)

        def told() -> WebhookEvent | None:
            mine = WebhookEvent.objects.filter(contact_id=contact["contactId"], processed_at__gte=began)
            return mine.filter(type="contact_removed_link").first()

        event = self.processes.wait_for("the webhook to be processed", told, "worker")
        left = Contact.objects.get(email=self.reader)
        return [
            f"the webhook {event.type} came and was processed: {event.outcome}",
            f"the site has {left.email} {left.state}, because of {left.left_reason!r}",
        ]

    def pull_statistics(self) -> list[str]:
        self.pull_with("pull_statistics")
        rows = Statistic.objects.count()
        if not rows:
            raise DemoFailed("The pull brought no statistics.", self.worker_log)
        metrics = Statistic.objects.values("metric").distinct().count()
        return [
            f"{rows} statistics rows of {metrics} metrics are in the database, for the charts in the admin"
        ]

    # Looking

    def send(self, task: str) -> None:
        app.send_task(f"getresponse_django.tasks.{task}")

    def pull_with(self, task: str) -> None:
        """Send a pull task and wait until its runs have ended well."""
        started = timezone.now()
        self.send(task)
        self.processes.wait_for(f"the task {task} to end", lambda: self.pull_ended(task, started), "worker")

    def pull_ended(self, task: str, started: datetime) -> bool:
        """Whether all runs of a pull have ended. Raises DemoFailed when one of them ended badly."""
        ended = PullRun.objects.filter(
            kind__in=PULLS[task], started_at__gte=started, finished_at__isnull=False
        )
        failed = ended.filter(ok=False).first()
        if failed:
            raise DemoFailed(f"The pull of {failed.kind} failed: {failed.message}", self.worker_log)
        return set(ended.values_list("kind", flat=True)) == PULLS[task]

    def was_seen(self, process: str, since: datetime) -> bool:
        return Account.objects.filter(**{f"{process}_seen_at__gte": since}).exists()

    def site_answers(self) -> bool:
        try:
            return self.browser.session.get(self.world.site, timeout=10).status_code == 200
        except requests.ConnectionError:
            return False

    def profile_says_no(self) -> bool:
        return "You do not get it." in self.browser.read("/profile/")

    def find_customer(self) -> Found | None:
        """The customer as the sandbox has them."""
        return self.customers.contact(self.email)

    def await_customer(self, what: str, is_right: Callable[[Found], object]) -> Found:
        """The customer in the sandbox as soon as ``is_right(contact)``."""

        def look() -> Found | None:
            contact = self.find_customer()
            return contact if contact and is_right(contact) else None

        return self.processes.wait_for(f"{what} of {self.email} in the sandbox", look, "worker")

    def active(self, email: str) -> Contact:
        """A contact in the site's database, as soon as it is linked to the one in the sandbox."""
        rows = Contact.objects.filter(email=email, state=Contact.State.ACTIVE, contact_id__isnull=False)
        return self.processes.wait_for(f"the contact {email} to become active", rows.first, "worker")
