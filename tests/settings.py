"""Settings of the tests: SQLite in a file, so that threads share it, or what DATABASE_URL says."""

import os
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import environ

env = environ.Env()
SCRATCH = TemporaryDirectory(prefix="getresponse-django-tests-")  # removed when Python ends
SCRATCH_DIR = Path(SCRATCH.name)

SQLITE = f"sqlite:///{SCRATCH_DIR / 'db.sqlite3'}"
DATABASES: dict[str, Any] = {"default": env.db_url("DATABASE_URL", default=SQLITE)}
if "sqlite" in DATABASES["default"]["ENGINE"]:
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        # The other way round where no order is asked for: what depends on one all the same fails here.
        "init_command": "PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF;"
        " PRAGMA reverse_unordered_selects = ON;",
    }
    DATABASES["default"]["TEST"] = {"NAME": SCRATCH_DIR / "test.sqlite3"}
else:
    DATABASES["default"]["TEST"] = {"NAME": f"test_getresponse_django_{os.getpid()}"}  # runs side by side
if "postgresql" in DATABASES["default"]["ENGINE"]:
    DATABASES["default"]["OPTIONS"] = {"options": "-c synchronous_commit=off"}
if "mysql" in DATABASES["default"]["ENGINE"]:  # docs/reference/databases.md has what came of it
    SILENCED_SYSTEM_CHECKS = ["getresponse_django.E008"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

GETRESPONSE = {
    "ACCOUNTS": {
        # Port 9 (discard): a test that forgets the `sandbox` fixture reaches nobody.
        "default": {
            "API_KEY": "sandbox",
            "BASE_URL": "http://127.0.0.1:9/v3",
            "WEBHOOK_SECRET": "the-secret-of-the-settings",
        },
    },
    "TIMEOUT": (2, 5),
    "SETTLE_SECONDS": 2,
    "LEASE_SECONDS": 5,
    "BACKOFF": (1, 2),
}

CELERY_BROKER_URL = "memory://localhost"
CELERY_TASK_ALWAYS_EAGER = False
CELERY_TASK_IGNORE_RESULT = True

INSTALLED_APPS = [
    "tests.site",
    "getresponse_django",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
]
MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]
if find_spec("allauth"):
    INSTALLED_APPS += ["allauth", "allauth.account"]
    MIDDLEWARE += ["allauth.account.middleware.AccountMiddleware"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
ROOT_URLCONF = "tests.site.urls"
SECRET_KEY = "tests"
STATIC_URL = "static/"
TIME_ZONE = "UTC"
USE_TZ = True
