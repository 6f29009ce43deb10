"""System checks of the GETRESPONSE setting: each problem has an id and a hint what to write. No I/O."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches
from importlib.util import find_spec
from typing import Any
from urllib.parse import urlsplit

from celery import current_app
from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning
from django.core.exceptions import ValidationError
from django.db import connections, router
from django.db.models import Model

from .conf import (
    DEFAULTS,
    NO_KEY_HINT,
    SECRETS,
    AccountConfig,
    account_problems,
    aliases,
    app_settings,
    is_http_address,
    parse_account,
)
from .models import Contact, CustomField, Tag
from .oauth.encryption import INSTALL, NEW_KEY, is_installed, is_key
from .subscribers import Subscriber, registry
from .subscribers.rule import links, model_named

ACCOUNT_KEYS = (*SECRETS, "PLATFORM", "DOMAIN", "BASE_URL", "WEBHOOK_SECRET")

SHORTEST_SECRET = 20
URL_SAFE = re.compile(r"[A-Za-z0-9._~-]+")
"""The characters that stand for themselves in a URL (RFC 3986)."""

NEW_SECRET = "python -c 'import secrets; print(secrets.token_urlsafe(32))'"  # nosec B105  # makes one

SQLITE_OPTIONS = '"OPTIONS": {"transaction_mode": "IMMEDIATE", "init_command": "PRAGMA journal_mode=WAL;"}'
"""By default (DEFERRED) most transactions that read, then write, fail as soon as two processes run."""

NOT_SUPPORTED = {"mysql": "MySQL or MariaDB", "oracle": "Oracle"}
"""``vendor`` of a connection -> what it is; docs/reference/databases.md has the reasons."""

REDIS = {"redis", "rediss", "sentinel"}
"""The schemes of brokers that Celery reaches with the package redis."""


def is_number(value: Any) -> bool:
    """A finite number above 0; True is not one."""
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < math.inf


def is_count(value: Any) -> bool:
    """A whole number from 1."""
    return type(value) is int and value >= 1


def is_percentage(value: Any) -> bool:
    """From 0 to 100."""
    return value == 0 or (is_number(value) and value <= 100)


def are_numbers(value: Any) -> bool:
    """A tuple or list of numbers above 0, at least one."""
    return isinstance(value, tuple | list) and bool(value) and all(map(is_number, value))


def is_timeout(value: Any) -> bool:
    """(seconds to connect, seconds to wait for the answer)."""
    return are_numbers(value) and len(value) == 2


def are_token_keys(value: Any) -> bool:
    """A tuple or list of Fernet keys, perhaps empty."""
    return isinstance(value, tuple | list) and all(map(is_key, value))


@dataclass(frozen=True)
class Rule:
    """What one setting must be; ``hint`` says what to write. The value of a secret is not shown."""

    id: str
    name: str
    holds: Callable[[Any], bool]
    must_be: str
    hint: str
    secret: bool = False


SECONDS = "a number of seconds above 0"
COUNT = "a whole number from 1"
RULES = [
    Rule("E010", "TIMEOUT", is_timeout, "two numbers above 0", "Seconds to connect and to wait: (5, 30)."),
    Rule("E011", "CONFLICT", ("local", "remote").__contains__, '"local" or "remote"', "Say which side wins."),
    Rule("E012", "MAX_ATTEMPTS", is_count, COUNT, "A change gives up after so many attempts, such as 20."),
    Rule("E013", "SETTLE_SECONDS", is_number, SECONDS, "An accepted contact may take long to appear: 900."),
    Rule("E014", "LEASE_SECONDS", is_number, SECONDS, "A claimed change belongs to one worker so long: 120."),
    Rule("E015", "BACKOFF", are_numbers, "numbers of seconds above 0, at least one", "(60, 300, 900, 3600)."),
    Rule("E016", "STATISTICS_DAYS", is_count, COUNT, "Every pull reads so many days again, such as 30."),
    Rule(
        "E017", "SAFE_REMOVAL_PERCENT", is_percentage, "from 0 to 100", "A pull that removes more stops: 30."
    ),
    Rule("E018", "RETENTION_DAYS", is_count, COUNT, "Events and runs are kept so many days, such as 90."),
    Rule("E019", "ENABLED", lambda value: isinstance(value, bool), "True or False", "False sends nothing."),
    Rule(
        "E020",
        "TOKEN_KEYS",
        are_token_keys,
        "a list of Fernet keys",
        f"Make one with: {NEW_KEY}",
        secret=True,
    ),
]


def check_settings(app_configs: Any = None, **_kwargs: Any) -> list[CheckMessage]:
    """Everything wrong with GETRESPONSE, and with the database, the broker and the clock it is to work on."""
    configured = getattr(settings, "GETRESPONSE", {})
    if not isinstance(configured, Mapping):
        hint = 'Write GETRESPONSE = {"ACCOUNTS": {"default": {"API_KEY": ...}}}.'
        return [Error("GETRESPONSE must be a dict.", hint=hint, id="getresponse_django.E001")]
    concerns = (unknown_settings(configured), wrong_values(), short_lease(), accounts())
    surroundings = (sqlite_mode(), database(), broker(), time_zones())
    return [message for concern in (*concerns, *surroundings) for message in concern]


def unknown_settings(configured: Mapping[str, Any]) -> Iterator[CheckMessage]:
    """A misspelt setting would silently keep its default."""
    for name in configured:
        if name not in DEFAULTS:
            text = f'GETRESPONSE["{name}"] is not a setting.'
            yield Warning(text, hint=did_you_mean(name, DEFAULTS), id="getresponse_django.W001")


def wrong_values() -> Iterator[CheckMessage]:
    """Every setting but the accounts."""
    for rule in RULES:
        value = getattr(app_settings, rule.name)
        if not rule.holds(value):
            shown = "." if rule.secret else f", not {value!r}."
            text = f'GETRESPONSE["{rule.name}"] must be {rule.must_be}{shown}'
            yield Error(text, hint=rule.hint, id=f"getresponse_django.{rule.id}")


def short_lease() -> Iterator[CheckMessage]:
    """A request that outlives its lease lets a second worker send the same change."""
    timeout, lease = app_settings.TIMEOUT, app_settings.LEASE_SECONDS
    if is_timeout(timeout) and is_number(lease) and lease <= sum(timeout):
        text = f'GETRESPONSE["LEASE_SECONDS"] is {lease}, but one request may take {sum(timeout)} seconds.'
        hint = "Make it longer than both TIMEOUT values together; the default is 120."
        yield Warning(text, hint=hint, id="getresponse_django.W004")


def accounts() -> Iterator[CheckMessage]:
    """Every account; none at all, or one without a key, is a warning: migrate and builds have no key."""
    configured = app_settings.ACCOUNTS
    if not isinstance(configured, Mapping):
        hint = 'Write "ACCOUNTS": {"default": {"API_KEY": ...}}.'
        yield Error('GETRESPONSE["ACCOUNTS"] must be a dict.', hint=hint, id="getresponse_django.E002")
        return
    if not configured:
        hint = 'Write "ACCOUNTS": from_env(env), with from_env of getresponse_django.conf, or a dict.'
        yield Warning("GETRESPONSE has no account.", hint=hint, id="getresponse_django.W002")
    for alias, raw in configured.items():
        yield from account(f'GETRESPONSE["ACCOUNTS"]["{alias}"]', alias, raw)


def account(where: str, alias: str, raw: Any) -> Iterator[CheckMessage]:
    """One account. Values are never shown: they may be secrets."""
    if not isinstance(raw, Mapping) or not all(is_account_value(*item) for item in raw.items()):
        hint = "Every value is a text or None; WEBHOOK_SECRET may be a list of texts."
        yield Error(f"{where} must be a dict of texts.", hint=hint, id="getresponse_django.E003")
        return
    for name in set(raw) - set(ACCOUNT_KEYS):
        hint = did_you_mean(name, ACCOUNT_KEYS)
        yield Warning(f'{where}["{name}"] is not a setting.', hint=hint, id="getresponse_django.W005")
    config = parse_account(alias, raw)
    if not any(getattr(config, name.lower()) for name in SECRETS):
        text = f"{where} has no API_KEY: nothing is sent."
        yield Warning(text, hint=NO_KEY_HINT, id="getresponse_django.W003")
        config = replace(config, api_key="missing")
    for problem, hint in account_problems(config):
        yield Error(f"{where}: {problem}", hint=hint, id="getresponse_django.E004")
    yield from oauth(where, config)
    yield from webhook_secrets(where, config)
    if config.domain and not config.is_max:
        hint = "Set PLATFORM to max-us or max-pl for a GetResponse MAX account, else leave DOMAIN out."
        yield Warning(f"{where}: DOMAIN is for MAX accounts.", hint=hint, id="getresponse_django.W009")
    if is_http_address(config.base_url) and sends_the_key_in_the_clear(config.base_url):
        hint = "Write https://; plain http:// is for a sandbox on this machine."
        yield Warning(f"{where}: BASE_URL is not encrypted.", hint=hint, id="getresponse_django.W006")


def oauth(where: str, config: AccountConfig) -> Iterator[CheckMessage]:
    """What an account needs to keep tokens, and a client that is not used."""
    if config.client_id and not config.uses_oauth:
        hint = "Give either API_KEY (or ACCESS_TOKEN), or CLIENT_ID and CLIENT_SECRET."
        text = f"{where} has a key and an OAuth client: the key is used."
        yield Warning(text, hint=hint, id="getresponse_django.W008")
    if config.uses_oauth and not app_settings.TOKEN_KEYS:
        hint = f"Make a key with: {NEW_KEY} and write it into that list, from the environment."
        text = f'{where} uses OAuth, which needs GETRESPONSE["TOKEN_KEYS"].'
        yield Error(text, hint=hint, id="getresponse_django.E005")
    if config.uses_oauth and not is_installed():
        text = f"{where} uses OAuth, which needs the package cryptography."
        yield Error(text, hint=f"Install it: {INSTALL}", id="getresponse_django.E006")


def webhook_secrets(where: str, config: AccountConfig) -> Iterator[CheckMessage]:
    """The only proof that a webhook comes from GetResponse; it is a part of a path."""
    hint = f"Make one with: {NEW_SECRET}"
    for secret in config.webhook_secrets:
        if not URL_SAFE.fullmatch(secret):
            text = f"{where}: WEBHOOK_SECRET is empty, or has characters that change in a URL."
            yield Error(text, hint=hint, id="getresponse_django.E007")
        elif len(secret) < SHORTEST_SECRET:
            text = f"{where}: WEBHOOK_SECRET has fewer than {SHORTEST_SECRET} characters and can be guessed."
            yield Warning(text, hint=hint, id="getresponse_django.W010")


def is_account_value(name: Any, value: Any) -> bool:
    """Whether ``parse_account`` can read it."""
    if name == "WEBHOOK_SECRET" and isinstance(value, list | tuple):
        return all(isinstance(secret, str) for secret in value)
    return isinstance(name, str) and isinstance(value, str | None)


def sends_the_key_in_the_clear(base_url: str) -> bool:
    """Plain HTTP to anywhere but this machine."""
    address = urlsplit(base_url)
    return address.scheme == "http" and address.hostname not in ("localhost", "127.0.0.1", "::1")


def sqlite_mode() -> Iterator[CheckMessage]:
    """Worker, beat and site write side by side, which SQLite only bears in IMMEDIATE transactions."""
    database = settings.DATABASES.get("default", {})
    mode = database.get("OPTIONS", {}).get("transaction_mode") or "DEFERRED"
    if database.get("ENGINE") == "django.db.backends.sqlite3" and mode.upper() != "IMMEDIATE":
        text = f"The SQLite database uses {mode} transactions: processes will meet 'database is locked'."
        hint = f'Write DATABASES["default"] with {SQLITE_OPTIONS}, or use PostgreSQL.'
        yield Warning(text, hint=hint, id="getresponse_django.W007")


def database() -> Iterator[CheckMessage]:
    """A database that cannot hold what the tables promise. Asks the connection what it is, and opens none."""
    vendor = connections[router.db_for_write(Contact)].vendor
    if vendor in NOT_SUPPORTED:
        text = f"The database is {NOT_SUPPORTED[vendor]}, on which contacts would be mixed up or sent twice."
        hint = "Use PostgreSQL, or SQLite on one machine: docs/reference/databases.md."
        yield Error(text, hint=hint, id="getresponse_django.E008")


def broker() -> Iterator[CheckMessage]:
    """A broker that Celery has no client for: it would say no more than that None has no Redis."""
    scheme = str(current_app.conf.broker_url).partition("://")[0]
    if scheme in REDIS and not find_spec("redis"):
        hint = "Install it: pip install 'getresponse-django[redis]'"
        text = f"Celery's broker is {scheme}://, which needs the package redis."
        yield Error(text, hint=hint, id="getresponse_django.E009")


def time_zones() -> Iterator[CheckMessage]:
    """GetResponse tells moments, which a database without time zones cannot hold."""
    if not settings.USE_TZ:
        text = "USE_TZ is False: the moments that GetResponse tells cannot be stored."
        hint = "Write USE_TZ = True, which is Django's default. TIME_ZONE stays as it is."
        yield Error(text, hint=hint, id="getresponse_django.E021")


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """The nearest known name, or all of them."""
    nearest = get_close_matches(str(name).upper(), known, n=1)
    return f'Did you mean "{nearest[0]}"?' if nearest else f"There are: {', '.join(known)}."


# --- the rules of the site ------------------------------------------------------------------------


def check_subscribers(app_configs: Any = None, **_kwargs: Any) -> list[CheckMessage]:
    """Everything that is wrong with a Subscriber as far as its class and its model tell."""
    return [
        Error(f"{rule}: {problem}", hint=hint, obj=type(rule), id=f"getresponse_django.{number}")
        for rule in registry
        for number, problem, hint in rule_problems(rule)
    ]


def rule_problems(rule: Subscriber) -> Iterator[tuple[str, str, str]]:
    """What is wrong with one rule, as (id, problem, hint)."""
    if not rule.campaign or not isinstance(rule.campaign, str):
        yield "E101", "campaign is missing.", 'Name the list: campaign = "customers".'
    configured = aliases() if isinstance(app_settings.ACCOUNTS, Mapping) else []
    # Without any account (a build has no key) W002 says enough, and migrate must not be stopped.
    if configured and rule.account not in configured:
        problem = f'There is no account "{rule.account}" in GETRESPONSE["ACCOUNTS"].'
        yield "E102", problem, f"Configured: {', '.join(configured)}."
    custom_fields: Any = rule.custom_fields
    if isinstance(custom_fields, Mapping):
        for name in custom_fields:
            if is_invalid(CustomField, name):
                hint = "Use lower-case letters, digits and underscores, and no name GetResponse reserves."
                yield "E104", f"{name!r} cannot be the name of a custom field.", hint
    else:
        yield "E103", "custom_fields must be a dict.", 'Write {"plan": "profile.plan"}.'
    listed = isinstance(rule.tags, Iterable) and not isinstance(rule.tags, str)
    for tag in rule.tags if listed else [rule.tags]:
        if not listed or is_invalid(Tag, tag):
            hint = 'Write a list such as ["site"]: 2 to 64 letters without accents, digits and underscores.'
            yield "E105", f"{tag!r} cannot be used as tags.", hint
    for where, source in sources_of(rule):
        if not (callable(source) or is_path_of(rule.model, source)):
            hint = "Name an attribute, a dotted path that begins with one, or a callable."
            yield "E106", f"{where} is {source!r}, which {rule.model._meta.label} does not have.", hint
    yield from watch_problems(rule)


def watch_problems(rule: Subscriber) -> Iterator[tuple[str, str, str]]:
    """What is wrong with the models that a rule watches."""
    for name in rule.watch:
        watched = model_named(name)
        if watched is None:
            yield "E107", f"watch names {name!r}, which is no model.", 'Write a model or "app_label.Model".'
        elif type(rule).objects_for is Subscriber.objects_for and not links(watched, rule.model):
            problem = f"{watched._meta.label} of watch does not point at {rule.model._meta.label}."
            yield "E108", problem, "Define objects_for(self, watched): the objects that read from it."


def sources_of(rule: Subscriber) -> Iterator[tuple[str, Any]]:
    """Everything a rule reads of its objects, with the name of where it says so. ``name`` may be empty."""
    yield "email", rule.email
    if rule.name:
        yield "name", rule.name
    if isinstance(rule.custom_fields, Mapping):
        yield from ((f'custom_fields["{name}"]', source) for name, source in rule.custom_fields.items())


def is_path_of(model: type[Model], source: Any) -> bool:
    """Whether a path begins with an attribute or a field of the model."""
    if not isinstance(source, str):
        return False
    first = source.partition(".")[0]
    return hasattr(model, first) or first in {field.name for field in model._meta.get_fields()}


def is_invalid(model: type[CustomField | Tag], name: Any) -> bool:
    """Whether GetResponse would refuse this name; what the model's own validators say."""
    try:
        model._meta.get_field("name").run_validators(name)
    except (ValidationError, TypeError):
        return True
    return False
