"""Settings of the example site: what differs between machines comes from the environment or from ``.env``.

What is not said is safe for production; ``DEBUG=1`` is for your own machine.
"""

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import environ

from getresponse_django.conf import DEFAULTS, from_env
from getresponse_django.tasks import beat_schedule

BASE_DIR = Path(__file__).resolve().parent.parent

env = environ.Env()
env.read_env(BASE_DIR / ".env")

DEBUG = env.bool("DEBUG", default=False)
# Without a key Django refuses to sign anything, with a word about SECRET_KEY.
SECRET_KEY = env.str("SECRET_KEY", default="not-secret-only-for-debug" if DEBUG else "")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=[])

# --- HTTPS: on, unless debugging ---

HTTPS = env.bool("HTTPS", default=not DEBUG)
SECURE_SSL_REDIRECT = SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
# Browsers remember this, so begin with an hour. The two below speak for every other site of the domain too.
SECURE_HSTS_SECONDS = env.int("HSTS_SECONDS", default=3600) if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = env.bool("HSTS_INCLUDE_SUBDOMAINS", default=False)
SECURE_HSTS_PRELOAD = env.bool("HSTS_PRELOAD", default=False)
if env.bool("BEHIND_HTTPS_PROXY", default=False):  # only for a proxy that always sets this header itself
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])

# --- The site ---

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

# --- Cache and e-mail ---

CACHES = {"default": env.cache_url("CACHE_URL", default="locmemcache://")}  # counts signups: share it
MAIL = env.email_url("EMAIL_URL", default="consolemail://" if DEBUG else "smtp://localhost:25")
vars().update(MAIL)  # EMAIL_BACKEND, EMAIL_HOST and the others
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="The Example Shop <shop@example.com>")

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
STATIC_ROOT = env.str("STATIC_ROOT", default="") or None  # where collectstatic puts the files
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
