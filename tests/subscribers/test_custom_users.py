"""A site whose users are of its own model: no username, a UUID for a key, the address under another name."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]

FILES = {
    "members/__init__.py": "",
    "members/models.py": """
import uuid
from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.db import models

class Member(AbstractBaseUser):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    mail = models.EmailField(unique=True)
    objects = BaseUserManager()
    USERNAME_FIELD = EMAIL_FIELD = "mail"
""",
    "members/getresponse.py": """
from getresponse_django import Subscriber, register
from .models import Member

@register(Member)
class Members(Subscriber):
    campaign = "members"
    email = "mail"
""",
    "site_settings.py": """
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
INSTALLED_APPS = ["members", "getresponse_django", "django.contrib.auth", "django.contrib.contenttypes"]
AUTH_USER_MODEL = "members.Member"
SECRET_KEY = "tests"
USE_TZ = True
GETRESPONSE = {"ACCOUNTS": {"default": {"API_KEY": "k", "BASE_URL": "http://127.0.0.1:9/v3"}}}
CELERY_BROKER_URL = "memory://localhost"
""",
    "run.py": """
import django
django.setup()
from celery import Celery
Celery("site", broker="memory://localhost").set_default()
from django.core.management import call_command
call_command("migrate", run_syncdb=True, verbosity=0)
from getresponse_django import subscribers
from getresponse_django.models import Contact
from members.models import Member

one = Member.objects.create(mail="one@example.com")
Member.objects.bulk_create([Member(mail="two@example.com")])
print(subscribers.sync(Member.objects.all()))
one.mail = "uno@example.com"
one.save()
print(sorted((row.email, row.user.mail) for row in Contact.objects.all()))
Member.objects.all().delete()
print(Contact.objects.count())
""",
}


def test_members_of_a_site_with_its_own_user_model_are_followed(tmp_path: Path) -> None:
    (tmp_path / "members").mkdir()
    for name, text in FILES.items():
        (tmp_path / name).write_text(text)
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "site_settings", "PYTHONPATH": str(CHECKOUT)}
    done = subprocess.run(
        [sys.executable, "run.py"], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=60
    )
    assert done.stdout.splitlines() == [
        "Counter({'subscribed': 1})",
        "[('two@example.com', 'two@example.com'), ('uno@example.com', 'uno@example.com')]",
        "0",
    ], done.stderr
