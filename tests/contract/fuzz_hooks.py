"""What schemathesis is told when ``fuzz`` runs it: which identifiers exist, and what the contract asks.

Its own checks of answers know neither the API's dates (``+0000``) nor ``fields=``; specification.py does.
"""

from __future__ import annotations

import json
import os
import zlib
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import schemathesis
from requests.structures import CaseInsensitiveDict

from .specification import answer_problems

IDENTIFIERS: dict[str, list[str]] = json.loads(os.environ["FUZZ_IDENTIFIERS"])
LISTS = {
    "campaignIdsList": "campaignId",
    "selectedCampaigns": "campaignId",
    "excludedCampaigns": "campaignId",
    "selectedContacts": "contactId",
    "selectedSegments": "searchContactId",
    "excludedSegments": "searchContactId",
}
"""Lists of plain identifiers; elsewhere the name of a property says what its identifier belongs to."""


def existing(name: str, value: Any) -> Any:
    """A value with most of the identifiers in it replaced by some that exist."""
    if isinstance(value, dict):
        return {key: existing(key, item) for key, item in value.items()}
    if isinstance(value, list):
        return [existing(LISTS.get(name, name), item) for item in value]
    known = IDENTIFIERS.get(name)
    chance = zlib.crc32(value.encode(errors="replace")) if isinstance(value, str) else 0
    return known[chance // 8 % len(known)] if known and chance % 8 else value


@schemathesis.hook
def map_query(context: Any, query: Any) -> Any:
    """``query[campaignId]`` and the like."""
    if not isinstance(query, dict):
        return query
    return {
        name: existing(name.removeprefix("query[").removesuffix("]"), text) for name, text in query.items()
    }


@schemathesis.hook
def map_path_parameters(context: Any, path_parameters: Any) -> Any:
    """The identifiers in the path."""
    return existing("", path_parameters)


@schemathesis.hook
def map_body(context: Any, body: Any) -> Any:
    """The identifiers in a body."""
    return existing("", body)


@schemathesis.check
def as_the_contract_says(context: Any, response: Any, case: Any) -> None:
    """Status, headers, content type and body of an answer."""
    target = urlsplit(response.request.url)
    wrong = answer_problems(
        response.request.method,
        target.path.removeprefix("/v3"),
        dict(parse_qsl(target.query, keep_blank_values=True)),
        response.status_code,
        CaseInsensitiveDict({name: values[0] for name, values in response.headers.items()}),
        response.content,
    )
    assert not wrong, "\n".join(wrong)
