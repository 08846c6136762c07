"""The whole service, as journeys, browser tests and benches start it."""

from urllib.request import urlopen

from tests.live import Site


def test_a_live_site_is_well_and_knows_its_cards(site: Site) -> None:
    with urlopen(f"{site.url}/healthz", timeout=5) as answer:
        assert answer.status == 200
    assert site.cards["FM0001"].url.startswith(f"{site.url}/c/")
    assert {name for name, part in site.parts.items() if part.running} == {
        "web", "worker", "relay", "cron",
    }  # fmt: skip


def test_a_live_site_has_the_simulated_clock(site: Site) -> None:
    with urlopen(f"{site.url}/api/v1/clock", timeout=5) as answer:
        assert site.clock.now().isoformat()[:16] in answer.read().decode()
