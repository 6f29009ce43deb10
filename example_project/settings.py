"""Settings of the example site: what differs between machines comes from the environment or from ``.env``."""

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import environ

from getresponse_django.conf import DEFAULTS, from_env
from getresponse_django.tasks import beat_schedule

BASE_DIR = Path(__file__).resolve().parent.parent

env = environ.Env()
env.read_env(BASE_DIR / ".env")

DEBUG = env.bool("DEBUG", default=True)
SECRET_KEY = env.str("SECRET_KEY", default="not-secret-only-for-debug" if DEBUG else env.NOTSET)
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["127.0.0.1", "localhost"])

INSTALLED_APPS = [
    "example_project.shop",
    "getresponse_django",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
]

GETRESPONSE = {
    "ACCOUNTS": from_env(env),
    "TOKEN_KEYS": env.list("GETRESPONSE_TOKEN_KEYS", default=[]),
    "SETTLE_SECONDS": env.float("GETRESPONSE_SETTLE_SECONDS", default=DEFAULTS["SETTLE_SECONDS"]),
    "LEASE_SECONDS": env.float("GETRESPONSE_LEASE_SECONDS", default=DEFAULTS["LEASE_SECONDS"]),
    "BACKOFF": tuple(env.list("GETRESPONSE_BACKOFF", cast=float, default=list(DEFAULTS["BACKOFF"]))),
}

# --- Database: SQLite without any service, PostgreSQL by DATABASE_URL ---

DATABASES: dict[str, Any] = {
    "default": env.db_url("DATABASE_URL", default=f"sqlite:///{BASE_DIR / 'db.sqlite3'}"),
}
if "sqlite" in DATABASES["default"]["ENGINE"]:
    # With Django's default (DEFERRED) two processes that read and then write get "database is locked".
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;",
    }
else:
    # Connecting anew for each request costs more than a request that stores a webhook.
    DATABASES["default"] = {"CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True} | DATABASES["default"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- Celery: a folder without any service, Redis or RabbitMQ by CELERY_BROKER_URL ---


def broker_options(url: str) -> dict[str, Any]:
    """Transport options for a broker: one that never answers may cost a request a second, not a minute."""
    if url.startswith("filesystem:"):
        folder = Path(urlsplit(url).path or BASE_DIR / ".celery")
        return {
            "data_folder_in": str(folder / "messages"),
            "data_folder_out": str(folder / "messages"),
            "control_folder": str(folder / "control"),
            "polling_interval": 0.1,
        }
    if url.startswith(("redis:", "rediss:")):
        return {"socket_timeout": 1, "socket_connect_timeout": 1}
    return {"read_timeout": 1, "write_timeout": 1}


CELERY_BROKER_URL = env.str("CELERY_BROKER_URL", default="filesystem://localhost")
BROKER_IS_A_FOLDER = CELERY_BROKER_URL.startswith("filesystem:")

CELERY_BROKER_TRANSPORT_OPTIONS = broker_options(CELERY_BROKER_URL)
CELERY_BROKER_CONNECTION_TIMEOUT = 1
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BEAT_SCHEDULE = beat_schedule()
CELERY_TASK_IGNORE_RESULT = True
CELERY_TIMEZONE = "UTC"
CELERY_WORKER_ENABLE_REMOTE_CONTROL = not BROKER_IS_A_FOLDER  # answers in a folder would pile up there
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_POOL = "solo" if BROKER_IS_A_FOLDER else "prefork"

# --- The rest is what `django-admin startproject` writes ---

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
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
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
ROOT_URLCONF = "example_project.urls"
WSGI_APPLICATION = "example_project.wsgi.application"
LOGIN_REDIRECT_URL = "profile"
LOGOUT_REDIRECT_URL = "home"
STATIC_URL = "static/"
LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_TZ = True
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": "INFO"},
}
