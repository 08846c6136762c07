"""Where something of ours may be sent (SSRF): to public addresses, and to networks that are named.

A partner's name is looked up by us and the very address that was judged is called, so a name that
means one thing to the guard and another to the connection gains nothing.
"""

import asyncio
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from urllib.parse import urlsplit

from service.webhooks.models import NoSuchHost, NotHttps, NotPublic

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network
URL_CHARACTERS_MAX = 500
HTTPS_PORT, HTTP_PORT = 443, 80
# Of an IPv4 address within: what a gateway turns it into may be a private one.
TUNNELS = (ip_network("64:ff9b::/96"), ip_network("64:ff9b:1::/48"), ip_network("2002::/16"))


@dataclass(frozen=True, slots=True)
class Target:
    """What is called: an address that was judged, under the name that a partner gave."""

    host: str
    port: int
    secure: bool
    address: str = ""


def networks(texts: Sequence[str]) -> tuple[Network, ...]:
    """Read the networks that settings allow. Raises ValueError."""
    return tuple(ip_network(text) for text in texts)


def is_allowed(address: Address, own: Sequence[Network]) -> bool:
    """Tell whether something may be sent to an address."""
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    meant = mapped or address
    if is_own(meant, own):
        return True
    tunnelled = any(meant in one for one in TUNNELS if one.version == meant.version)
    return meant.is_global and not meant.is_multicast and not tunnelled


def is_own(address: Address, own: Sequence[Network]) -> bool:
    """Tell whether an address lies in a network that settings allow."""
    return any(address in one for one in own if one.version == address.version)


def read(url: str, own: Sequence[Network]) -> Target:
    """Take an address apart. Raises NotHttps; NotPublic where it names a number by itself."""
    try:
        parts = urlsplit(url)
        port, host = parts.port, (parts.hostname or "").rstrip(".")
    except ValueError:
        raise NotHttps from None
    plain = parts.scheme == "http" and bool(own)  # judged again when its address is known
    if not (parts.scheme == "https" or plain) or not host or len(url) > URL_CHARACTERS_MAX:
        raise NotHttps
    if parts.username is not None or parts.fragment or not url.isascii() or not url.isprintable():
        raise NotHttps
    found = Target(host, port or (HTTP_PORT if plain else HTTPS_PORT), not plain)
    number = as_number(host)
    if number is not None:
        judge(found, number, own)
    elif host == "localhost" or host.endswith(".localhost"):
        judge(found, ip_address("127.0.0.1"), own)
    return found


def as_number(host: str) -> Address | None:
    """Read a host that is an address by itself."""
    try:
        return ip_address(host)
    except ValueError:
        return None


def judge(target: Target, address: Address, own: Sequence[Network]) -> None:
    """Refuse an address. Raises NotPublic, and NotHttps for a plain call outside our networks."""
    if not is_allowed(address, own):
        raise NotPublic
    if not target.secure and not is_own(address, own):
        raise NotHttps


async def find(url: str, own: Sequence[Network]) -> Target:
    """Look up where to call; every address of the name must be allowed.

    Raises NotHttps, NotPublic, NoSuchHost.
    """
    target = read(url, own)
    loop = asyncio.get_running_loop()
    try:
        told = await loop.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise NoSuchHost from None
    addresses = [ip_address(str(one[4][0]).partition("%")[0]) for one in told]
    for address in addresses:
        judge(target, address, own)
    if not addresses:
        raise NoSuchHost
    return Target(target.host, target.port, target.secure, str(addresses[0]))
