"""What a paired tablet's token opens, profile by profile, in one place; the default is no.

A desk is no device: who works there signs in, and offices decide. A route that a tablet needs must
be written down here, as its method and its endpoint.
"""

# Anybody's, whoever holds the tablet: files, codes that were scanned, pairing, signing in.
PUBLIC = frozenset(
    {
        "GET static",
        "GET health.healthz",
        "GET clock.get_clock",
        "PUT clock.put_clock",
        "GET homes.start",
        "GET people.get_me",
        "GET landing.bind",
        "GET landing.card",
        "GET landing.pass",
        "GET landing.show_activity",
        "GET landing.show_onsite",
        "GET standee.show_shop",
        "GET tickets.show_ticket",
        "GET landing.get_png",
        "GET landing.get_svg",
        "GET goods.show_picture",
        "GET certificate_pages.check_certificate",
        "GET statement_check.check_statement",
        "GET sign_in.show_sign_in",
        "POST sign_in.post_sign_in",
        "POST sign_in.post_sign_out",
        "POST sessions.post_session",
        "DELETE sessions.delete_session",
        "GET shops.pair_page",
        "POST shops.pair_from_page",
        "POST shops_api.post_till",
    }
)
TILL = frozenset(
    {
        "GET redemptions.till_page",
        "GET installed_till.get_worker",
        "GET installed_till.get_manifest",
        "POST till_api.post_lookup",
        "POST till_api.post_redemption",
        "GET till_api.get_redemptions",
        "GET till_api.get_redemption",
        "POST till_api.post_void",
        "POST till_api.post_discount",
        "GET counter_api.get_shelf",
        "GET counter_api.get_day",
        "POST counter_api.post_day",
        "POST redemptions_api.post_reversal",
        "POST tickets_api.post_ticket",
        "GET tickets_api.get_ticket",
        "POST choices_api.post_capture",
        "GET shifts_api.get_shift",
        "POST shifts_api.post_shift",
        "DELETE shifts_api.delete_shift",
        "POST shifts_api.post_heartbeat",
    }
)
GATE = frozenset(
    {
        "GET installed_gate.show_gates",
        "GET installed_gate.get_manifest",
        "GET installed_gate.get_worker",
        "POST installed_gate.post_queues",
        "GET leading_pages.show_gate",
        "POST leading_pages.post_gate",
        "GET activities_pages.show_list",
        "GET activities_pages.show_activity",
        "POST gate.post_scan",
        "POST gate.post_batch",
        "POST gate.post_undo",
        "POST gate.post_audience",
        "GET oversight.get_offline_roster",
        "GET oversight.get_present",
        "POST gate_beats.post_heartbeat",
    }
)
PROFILES = {"gate": PUBLIC | GATE, "till": PUBLIC | TILL}


def may_reach(profile: str | None, method: str, endpoint: str) -> bool:
    """Tell whether a tablet of this profile may ask for this at all; views still check the rest."""
    asked = "GET" if method in {"HEAD", "OPTIONS"} else method
    return f"{asked} {endpoint}" in PROFILES.get(profile or "", frozenset())
