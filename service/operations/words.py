"""What administrators call the queues and the work in them."""

from service.i18n import N_

QUEUES = {
    "prompt": N_("at once"),
    "default": N_("within minutes"),
    "slow": N_("when there is time"),
}
WORK = {
    "events": N_("Tell of events"),
    "webhooks": N_("Tell partners"),
    "catch_up": N_("Look for lost events"),
    "sweep": N_("What only the clock decides"),
    "seal": N_("Seal the ledger"),
    "end_day": N_("Let points expire"),
    "announce": N_("Warn of expiring points"),
    "reconcile_yesterday": N_("Compare yesterday"),
    "reconcile_shops": N_("Look for shops' days with news"),
    "reconcile_batch": N_("Compare a shop's day"),
    "plan_ahead": N_("Plan series ahead"),
    "check_books": N_("Check all balances"),
    "verify": N_("Verify the ledger"),
    "verify_asked": N_("Verify on request"),
    "certificates": N_("Print certificates"),
    "sweep_files": N_("Remove lost pictures"),
    "propose_stars": N_("Propose stars"),
    "draw_samples": N_("Draw the random audit"),
    "post_notices": N_("Send e-mails"),
    "shop_files": N_("Read shops' files"),
    "prepare_days": N_("Prepare shops' days"),
    "order_statements": N_("Order statements"),
    "statements": N_("Write statements"),
    "audit_news": N_("Audit the days with news"),
    "audit_asked": N_("Audit on request"),
    "check_equations": N_("Check the points equation"),
    "notices": N_("Print notices and end them"),
    "packs": N_("Make evidence packs"),
    "retention": N_("Remove what its period is over for"),
    "night": N_("The whole night"),
}
STATES = {
    "idle": N_("waits for work"),
    "busy": N_("works"),
    "started": N_("starts"),
    "suspended": N_("was halted"),
}
EVERY = N_("every {n} s")
AT = N_("{time} in Shanghai")
HOURLY = N_("every hour at minute {minute}")
HOURS_AHEAD = 8  # cron speaks UTC
DAY_HOURS = 24


def rhythm(every_s: int | None, at: str | None) -> tuple[str, dict[str, str | int]]:
    """Return how often something comes: a sentence and its values."""
    if every_s is not None:
        return EVERY, {"n": every_s}
    minute, hour = (at or "* *").split()[:2]
    if not (minute.isdecimal() and hour.isdecimal()):
        return HOURLY, {"minute": minute}
    local = (int(hour) + HOURS_AHEAD) % DAY_HOURS
    return AT, {"time": f"{local}:{int(minute):02d}"}
