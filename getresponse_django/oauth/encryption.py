"""Secrets for the database: encrypted with the first of TOKEN_KEYS, readable with any of them."""

from __future__ import annotations

from base64 import urlsafe_b64decode
from importlib.util import find_spec
from typing import Any

from ..conf import app_settings
from ..errors import ConfigurationError

INSTALL = "pip install 'getresponse-django[oauth]'"
NEW_KEY = 'python -c "from cryptography.fernet import Fernet; print(Fernet.generate_key().decode())"'


def is_installed() -> bool:
    """Whether the package that encrypts is there."""
    return find_spec("cryptography") is not None


def is_key(value: Any) -> bool:
    """Whether this is a Fernet key: 32 bytes in base64. Needs no package."""
    try:
        return isinstance(value, str) and len(urlsafe_b64decode(value)) == 32
    except ValueError:
        return False


def seal(secret: str) -> str:
    """The encrypted secret; an empty one stays empty. Raises ConfigurationError."""
    return cipher().encrypt(secret.encode()).decode() if secret else ""


def unseal(sealed: str) -> str:
    """The secret again. Raises ConfigurationError, also when no key of TOKEN_KEYS fits."""
    box = cipher()
    from cryptography.fernet import InvalidToken

    try:
        return str(box.decrypt(sealed.encode()).decode()) if sealed else ""
    except InvalidToken:
        problem = 'None of GETRESPONSE["TOKEN_KEYS"] opens the stored tokens.'
    raise ConfigurationError(f"{problem} Add the key that was used before at the end, or connect again.")


def cipher() -> Any:
    """What encrypts and decrypts, made anew at every use like every setting. Raises ConfigurationError."""
    try:
        from cryptography.fernet import Fernet, MultiFernet
    except ImportError:
        raise ConfigurationError(f"OAuth needs the package cryptography: {INSTALL}.") from None
    keys = app_settings.TOKEN_KEYS
    if not keys:
        raise ConfigurationError(f'OAuth needs GETRESPONSE["TOKEN_KEYS"]. Make a key with: {NEW_KEY}')
    try:
        return MultiFernet([Fernet(key) for key in keys])
    except (ValueError, TypeError):  # neither says which, and both may show the key
        problem = 'GETRESPONSE["TOKEN_KEYS"] must be a list of Fernet keys.'
    raise ConfigurationError(f"{problem} Make one with: {NEW_KEY}")
