"""What several objects say of one contact."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from getresponse_django.models.consent_records import as_consent
from getresponse_django.subscribers.merging import Said, merged

EARLY, LATE = (as_consent(datetime(2026, month, 1, tzinfo=UTC)) for month in (1, 2))


@pytest.mark.parametrize(
    ("several", "one"),
    [
        ([], Said()),
        ([Said(name="Anna")], Said(name="Anna")),
        ([Said(), Said(name="Anna"), Said(name="Ania")], Said(name="Anna")),
        (
            [Said(custom_fields={"plan": [], "city": ["Łódź"]}), Said(custom_fields={"plan": ["pro"]})],
            Said(custom_fields={"plan": ["pro"], "city": ["Łódź"]}),
        ),
        (
            [Said(custom_fields={"plan": ["a"]}), Said(custom_fields={"plan": ["b"]})],
            Said(custom_fields={"plan": ["a"]}),
        ),
        ([Said(custom_fields={"plan": []})] * 2, Said(custom_fields={"plan": []})),
        ([Said(tags=["site", "vip"]), Said(tags=["shop", "site"])], Said(tags=["site", "vip", "shop"])),
        ([Said(consent=EARLY), Said(), Said(consent=LATE)], Said(consent=LATE)),
        ([Said(), Said(user_pk=7), Said(user_pk=8)], Said(user_pk=7)),
    ],
)
def test_the_first_that_is_not_empty_counts_and_tags_are_united(several: list[Said], one: Said) -> None:
    expected: dict[str, Any] = one.__dict__ | {"tags": list(one.tags)}
    assert merged(several).__dict__ == expected
