"""/addresses: where orders go, and who pays them; those sent with an order are found here too.

The name of the country comes from its code.
"""

from __future__ import annotations

from ..http.filters import contains, period
from ..http.validation import text, that
from ..operations.stored import Resource, Values, stored, value
from ..state.records import StoredRecord
from ..state.store import Store
from .countries import COUNTRIES

COUNTRY = that(lambda value: value in COUNTRIES, "Value must be a country code of ISO 3166-1 alpha-3")
TEXTS = {
    "name": text(3, 128),
    "firstName": text(0, 64),
    "lastName": text(0, 64),
    "address1": text(0, 255),
    "address2": text(0, 255),
    "city": text(0, 128),
    "zip": text(0, 64),
    "province": text(0, 255),
    "provinceCode": text(0, 64),
    "phone": text(0, 255),
    "company": text(0, 128),
}


def with_country(store: Store, record: StoredRecord, values: Values) -> Values:
    """Add the country's name."""
    return values | {"countryName": COUNTRIES[values["countryCode"]]}


ADDRESSES = stored(
    Resource(
        "/addresses",
        "addressId",
        {"countryCode": COUNTRY, **TEXTS},
        required=("name", "countryCode"),
        filters={
            **{name: contains(value(name)) for name in TEXTS},
            **period("createdOn", "created_at", timed=True),
        },
        sorts={"createdOn": "created_at"},
        show=with_country,
    )
)
