"""Where a request comes from, with and without a proxy of the site."""

from __future__ import annotations

import pytest
from django.test import RequestFactory

from getresponse_django.signup.visitors import address_of, network_of

VISITOR = "198.51.100.7"


@pytest.mark.parametrize(
    ("peer", "forwarded", "address"),
    [
        ("8.8.8.8", "", "8.8.8.8"),
        ("::ffff:8.8.8.8", VISITOR, "::ffff:8.8.8.8"),
        ("::ffff:10.0.0.2", VISITOR, VISITOR),
        ("8.8.8.8", VISITOR, "8.8.8.8"),  # no proxy of the site: what it says is not believed
        ("127.0.0.1", VISITOR, VISITOR),
        ("10.0.0.2", f"1.2.3.4, {VISITOR}", VISITOR),
        ("", VISITOR, VISITOR),  # a socket of this machine
        ("10.0.0.2", "", "10.0.0.2"),
        ("10.0.0.2", "unknown", "10.0.0.2"),
        ("", "", ""),
        ("::1", "2001:db8::1", "2001:db8::1"),
    ],
)
def test_the_address_is_that_of_the_peer_or_what_the_own_proxy_says(
    peer: str, forwarded: str, address: str
) -> None:
    headers = {"X-Forwarded-For": forwarded} if forwarded else {}
    request = RequestFactory(headers=headers).get("/", REMOTE_ADDR=peer)
    assert address_of(request) == address


@pytest.mark.parametrize(
    ("address", "network"),
    [
        (VISITOR, VISITOR),
        (f"::ffff:{VISITOR}", VISITOR),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", ""),
        ("unix:", "unix:"),
    ],
)
def test_a_network_is_an_address_or_a_64_of_ipv6(address: str, network: str) -> None:
    assert network_of(address) == network
