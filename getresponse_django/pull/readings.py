"""What a person asks to be read of one contact ends with a word on its page, whatever happens."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from ..errors import GetResponseError
from ..models import Contact, ContactReading


@contextmanager
def reading(contact: Contact, kind: str) -> Iterator[None]:
    """Notes on ``contact.readings`` that it was read, or why not. Raises what is raised inside."""
    try:
        yield
    except GetResponseError as error:
        ContactReading.objects.end(contact, kind, problem=str(error))
        raise
    except BaseException as error:
        ContactReading.objects.end(contact, kind, problem=f"{type(error).__name__}; the log has more.")
        raise
    ContactReading.objects.end(contact, kind)
