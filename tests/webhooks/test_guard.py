"""Where nothing of ours is sent: private networks, by number, by name, by a gateway's number."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from ipaddress import ip_address

import pytest

from service.webhooks import guard
from service.webhooks.models import AddressRefused, NoSuchHost, NotHttps, NotPublic

LAN = guard.networks(["10.8.0.0/16"])
PRIVATE = [
    "127.0.0.1", "10.0.0.1", "172.16.5.5", "192.168.1.1", "169.254.169.254", "0.0.0.0",
    "100.64.0.1", "198.18.0.1", "224.0.0.1", "255.255.255.255", "::1", "::", "fe80::1", "fd00::1",
    "ff02::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::",
]  # fmt: skip
PUBLIC = ["1.1.1.1", "8.8.8.8", "2606:4700:4700::1111", "::ffff:1.1.1.1"]


@pytest.mark.parametrize("address", PRIVATE)
def test_a_private_address_is_refused(address: str) -> None:
    assert not guard.is_allowed(ip_address(address), ())
    assert not guard.is_allowed(ip_address(address), LAN)


@pytest.mark.parametrize("address", PUBLIC)
def test_a_public_address_is_allowed(address: str) -> None:
    assert guard.is_allowed(ip_address(address), ())


def test_a_network_that_is_named_is_allowed_and_no_other() -> None:
    assert guard.is_allowed(ip_address("10.8.3.4"), LAN)
    assert guard.is_allowed(ip_address("::ffff:10.8.3.4"), LAN)
    assert not guard.is_allowed(ip_address("10.9.3.4"), LAN)


@pytest.mark.parametrize(
    "url",
    ["http://partner.example/", "https://", "https://user@partner.example/", "file:///etc/passwd",
     "https://partner.example:99999/", "https://partner.example/#x", "https://p.example/\n",
     "https://partner.example/" + "x" * 500, "//partner.example/", "https://пример.example/"],
)  # fmt: skip
def test_an_address_must_be_plain_https(url: str) -> None:
    with pytest.raises(NotHttps):
        guard.read(url, ())


@pytest.mark.parametrize(
    "url", ["https://127.0.0.1/", "https://[::1]/", "https://localhost/", "https://a.localhost/"]
)
def test_a_number_is_judged_before_anything_is_called(url: str) -> None:
    with pytest.raises(NotPublic):
        guard.read(url, ())


def told(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> None:
    """Let every name mean these addresses."""

    async def look_up(*_: object, **__: object) -> list[tuple[object, ...]]:
        if not addresses:
            raise OSError
        return [(None, None, None, None, (one, 443)) for one in addresses]

    monkeypatch.setattr(asyncio.BaseEventLoop, "getaddrinfo", look_up)


def find(url: str, own: tuple[guard.Network, ...] = ()) -> guard.Target:
    with ThreadPoolExecutor(1) as apart:  # the browser of other tests has a loop in this thread
        return apart.submit(lambda: asyncio.run(guard.find(url, own))).result()


def test_what_is_called_is_the_very_address_that_was_judged(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    told(monkeypatch, "1.1.1.1")
    found = find("https://partner.example:8443/hook")
    assert (found.address, found.host, found.port) == ("1.1.1.1", "partner.example", 8443)


def test_a_name_of_which_one_address_is_private_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    told(monkeypatch, "1.1.1.1", "169.254.169.254")
    with pytest.raises(NotPublic):
        find("https://partner.example/")


def test_a_name_that_means_nothing_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    told(monkeypatch)
    with pytest.raises(NoSuchHost):
        find("https://partner.example/")


def test_in_a_network_of_ours_plain_http_is_allowed_and_only_there(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    told(monkeypatch, "10.8.1.1")
    assert find("http://partner.example/", LAN).port == 80
    told(monkeypatch, "1.1.1.1")
    with pytest.raises(AddressRefused):
        find("http://partner.example/", LAN)
