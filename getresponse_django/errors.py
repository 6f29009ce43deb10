"""The errors of the package, each named by what the caller must do::

    GetResponseError
    ├── ConfigurationError   mend the settings
    ├── AccountRefused       stop calling until a person has mended the account (opens its circuit)
    ├── RateLimited          wait ``retry_after`` seconds, then send the same again
    ├── Rejected             change the data; the same request will never succeed
    ├── NotFound             look the object up another way, or treat it as gone
    ├── AlreadyExists        look the object up and link it
    ├── Unavailable          nothing was processed: try again later
    └── OutcomeUnknown       it may have been processed: look before sending again

Codes and statuses: contract/behaviour-core.md section 6.
"""

from __future__ import annotations

from typing import Any


class GetResponseError(Exception):
    """GetResponse could not be asked or did not do what was asked."""

    def __init__(
        self,
        message: str = "",
        *,
        method: str = "",
        path: str = "",
        status: int | None = None,
        code: int | None = None,
        context: Any = None,
        uuid: str = "",
    ) -> None:
        self.message = message or (type(self).__doc__ or "").strip()
        self.method, self.path, self.status = method, path, status
        self.code, self.context, self.uuid = code, context, uuid
        super().__init__(self.message)

    def __str__(self) -> str:
        request = " ".join(part for part in (self.method, self.path) if part)
        facts = [f"HTTP {self.status}" if self.status else "", f"code {self.code}" if self.code else ""]
        facts.append(f"uuid {self.uuid}" if self.uuid else "")
        about = ", ".join(fact for fact in facts if fact)
        text = f"{request}: {self.message}" if request else self.message
        return f"{text} ({about})" if about else text


class ConfigurationError(GetResponseError):
    """The GETRESPONSE settings are incomplete or wrong."""


class AccountRefused(GetResponseError):
    """GetResponse refuses this account: check the key, the platform and the domain."""


class RateLimited(GetResponseError):
    """The limits of the account are used up: wait, then send the same again."""

    def __init__(self, message: str = "", *, retry_after: float = 5.0, **facts: Any) -> None:
        super().__init__(message, **facts)
        self.retry_after = retry_after


class Rejected(GetResponseError):
    """GetResponse refuses this request for good: change the data."""


class NotFound(GetResponseError):
    """The object does not exist in GetResponse."""


class AlreadyExists(GetResponseError):
    """GetResponse already has an object with this unique value: look it up."""


class Unavailable(GetResponseError):
    """GetResponse could not be reached or is in maintenance: nothing was processed."""


class OutcomeUnknown(GetResponseError):
    """The answer was lost: the request may or may not have been processed."""
