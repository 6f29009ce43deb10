"""Which IP address a visitor has, behind proxies too, and the network that limits count it by."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from django.http import HttpRequest


def address_of(request: HttpRequest) -> str:
    """The IP address of the visitor. Behind a proxy of one's own, whose address is private, it is the last
    that X-Forwarded-For names: the proxy wrote it. What the visitor claims in front of that is not believed.
    """
    peer = str(request.META.get("REMOTE_ADDR") or "")
    named = str(request.META.get("HTTP_X_FORWARDED_FOR") or "").rpartition(",")[2].strip()
    return named if named and is_address(named) and not is_public(peer) else peer


def is_address(text: str) -> bool:
    """Whether this is an IP address."""
    try:
        return bool(ip_address(text))
    except ValueError:
        return False


def is_public(text: str) -> bool:
    """Whether an IP address is one of the open internet; a socket of this machine has none."""
    return is_address(text) and parsed(text).is_global


def parsed(text: str) -> IPv4Address | IPv6Address:
    """The address. A server that listens for IPv6 as well tells ``::ffff:198.51.100.7`` of one of IPv4, which
    itself says nothing of its network, and to some versions of Python not whether it is public.
    """
    address = ip_address(text)
    return address.ipv4_mapped or address if isinstance(address, IPv6Address) else address


def network_of(text: str) -> str:
    """What one visitor has: an IPv4 address, or the /64 of an IPv6 address."""
    if not is_address(text):
        return text
    address = parsed(text)
    if isinstance(address, IPv6Address):
        return str(ip_network(f"{text.partition('%')[0]}/64", strict=False))
    return str(address)
