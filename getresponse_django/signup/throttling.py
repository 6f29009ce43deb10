"""How often one visitor, and anybody for one e-mail address, may sign up: counted in Django's cache."""

from __future__ import annotations

import time

from django.core.cache import cache
from django.utils.crypto import salted_hmac

from .. import events

WINDOW = 3600
"""Seconds, from the first signup."""
MOST_PER_VISITOR = 60
"""An office or a school may share one IP address."""
MOST_PER_ADDRESS = 5

SALT = "getresponse_django.throttle"


def visitor_is_too_eager(network: str) -> bool:
    """Count one post from this network; whether it is one too many."""
    return count("visitor", network) > MOST_PER_VISITOR


def address_is_too_busy(email: str) -> bool:
    """Count one signup of this e-mail address; whether it is one too many."""
    return count("address", email.lower()) > MOST_PER_ADDRESS


def count(kind: str, value: str) -> int:
    """How often this came within WINDOW, now included. The cache sees only a hash. A cache that is down
    keeps nobody out.

    Caches in files and in the database forget with each ``incr`` when a value was to end. So the name of a
    counter has the moment at which its window began, and it is told anew how long to stay.
    """
    window = f"getresponse_django:{kind}:{salted_hmac(SALT, value, algorithm='sha256').hexdigest()}"
    try:
        key = f"{window}:{cache.get_or_set(window, time.time, WINDOW)}"
        cache.add(key, 0, WINDOW)
        counted = int(cache.incr(key))
        cache.touch(key, WINDOW)
        return counted
    except ValueError:  # it ended between the two, or the cache keeps nothing
        return 1
    except Exception as error:
        events.SIGNUP_NOT_COUNTED.log(error_type=type(error).__name__)
        return 1
