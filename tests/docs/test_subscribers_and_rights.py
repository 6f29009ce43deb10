"""docs/howto/subscribers.md and docs/howto/rights.md: their examples work, in a site of their own."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.contrib.auth.models import User

from getresponse_django.models import Contact, ErasedAddress

CHECKOUT = Path(__file__).parents[2]

SETTINGS = """
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
INSTALLED_APPS = ["shop", "getresponse_django", "django.contrib.auth", "django.contrib.contenttypes"]
SECRET_KEY = "tests"
USE_TZ = True
GETRESPONSE = {"ACCOUNTS": {"default": {"API_KEY": "k", "BASE_URL": "http://127.0.0.1:9/v3"}}}
"""

RUN = """
import django
django.setup()
from celery import Celery
Celery("site", broker="memory://localhost").set_default()
from django.core.checks import run_checks
from django.core.management import call_command
assert not [found for found in run_checks() if found.id.startswith("getresponse_django.E")]
call_command("migrate", run_syncdb=True, verbosity=0)
from django.contrib.auth.models import Group, User
from getresponse_django import register
from getresponse_django.models import Contact
from shop.groups import GroupNames
from shop.imports import add
from shop.models import Customer, Profile

def tell():
    rows = Contact.objects.exclude(state="left").order_by("email")
    print([(r.email, r.name, r.custom_fields, sorted(t.name for t in r.tags.all())) for r in rows])

user = User.objects.create(username="anna", email="anna@example.com", first_name="Anna")
tell()
profile = Profile.objects.create(user=user, plan="pro", newsletter=True)
tell()
profile.plan = "team"
profile.save()
Customer.objects.create(mail="anna@example.com", company="ACME")
tell()
user.delete()
tell()
Customer.objects.all().delete()
print(dict(add([Customer(mail="bert@example.com", company="B")])))
register(User)(GroupNames)
user, group = User.objects.create(username="c", email="c@example.com"), Group.objects.create(name="a")
user.groups.add(group)
group.name = "b"
group.save()
tell()
"""

TOLD = """
[]
[('anna@example.com', 'Anna', {'plan': ['pro']}, ['site'])]
[('anna@example.com', 'Anna', {'plan': ['team']}, ['shop', 'site'])]
[('anna@example.com', 'ACME', {'plan': ['team']}, ['shop', 'site'])]
{'subscribed': 1}
[('bert@example.com', 'B', None, ['shop']), ('c@example.com', '', {'groups': ['b']}, [])]
"""


def blocks(page: str) -> list[str]:
    """The Python examples of a page."""
    return re.findall(r"```python\n(.*?)```", (CHECKOUT / "docs" / "howto" / page).read_text(), re.DOTALL)


def test_the_shop_of_the_page_on_subscribers_does_what_the_page_says(tmp_path: Path) -> None:
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "__init__.py").touch()
    (tmp_path / "site_settings.py").write_text(SETTINGS)
    (tmp_path / "run.py").write_text(RUN)
    for block in blocks("subscribers.md"):
        (tmp_path / block.splitlines()[0].removeprefix("# ")).write_text(block)
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "site_settings", "PYTHONPATH": str(CHECKOUT)}
    done = subprocess.run(
        [sys.executable, "run.py"], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=60
    )
    assert done.stdout.splitlines() == TOLD.strip().splitlines(), done.stderr


@pytest.mark.django_db
def test_the_examples_of_the_page_on_rights_work(no_rules: None) -> None:
    erasing, lifting, deleting = blocks("rights.md")
    Contact.objects.subscribe("anna@example.com", campaign="customers")
    exec(erasing, scope := {"__name__": "docs"})
    assert (scope["done"].erased["contacts"], len(scope["everything"]["contacts"])) == (1, 1)
    exec(lifting, scope)
    assert (scope["contact"].state, ErasedAddress.objects.count()) == ("new", 0)
    exec(deleting, scope)
    User.objects.create(username="anna", email="anna@example.com").delete()
    assert (Contact.objects.count(), ErasedAddress.objects.count()) == (0, 1)
