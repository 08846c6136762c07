"""How people call events, and what is said of partners and of events that were set aside."""

from service.i18n import N_
from service.outbox import EventType

GROUPS: tuple[tuple[str, tuple[tuple[EventType, str], ...]], ...] = (
    (
        N_("Activities"),
        (
            (EventType.ACTIVITY_PUBLISHED, N_("activity published")),
            (EventType.ACTIVITY_CHANGED, N_("activity changed")),
            (EventType.ACTIVITY_CANCELLED, N_("activity called off")),
            (EventType.SIGNUP_ACCEPTED, N_("place taken")),
            (EventType.SIGNUP_WAITLISTED, N_("waits for a place")),
            (EventType.SIGNUP_CANCELLED, N_("sign-up cancelled")),
            (EventType.WAITLIST_PROMOTED, N_("moved up to a place")),
            (EventType.CHECKED_IN, N_("checked in")),
            (EventType.CHECKED_OUT, N_("checked out")),
            (EventType.ATTENDANCE_AMENDED, N_("attendance amended")),
            (EventType.NO_SHOW_MARKED, N_("did not come")),
            (EventType.OFFLINE_BATCH_UPLOADED, N_("offline queue sent")),
        ),
    ),
    (
        N_("Points"),
        (
            (EventType.AWARD_POSTED, N_("points given")),
            (EventType.AWARD_NOTICED, N_("points granted, on notice")),
            (EventType.AWARD_CAPPED, N_("points cut by a cap")),
            (EventType.MANUAL_AWARD_ENTERED, N_("award entered by hand")),
            (EventType.REVERSAL_PROPOSED, N_("reversal proposed")),
            (EventType.REVERSAL_POSTED, N_("award reversed")),
            (EventType.RIGHT_SUSPENDED, N_("right suspended")),
            (EventType.CASE_OPENED, N_("case opened")),
            (EventType.OBJECTION_FILED, N_("objection filed")),
            (EventType.OBJECTION_ANSWERED, N_("objection answered")),
            (EventType.POINTS_EXPIRING, N_("points running out")),
            (EventType.POINTS_EXPIRED, N_("points run out")),
        ),
    ),
    (
        N_("Goods and discounts"),
        (
            (EventType.REDEMPTION_HELD, N_("goods put aside")),
            (EventType.REDEMPTION_CAPTURED, N_("goods given")),
            (EventType.REDEMPTION_EXPIRED, N_("redemption expired")),
            (EventType.REDEMPTION_VOIDED, N_("redemption taken back by the shop")),
            (EventType.REDEMPTION_REVERSED, N_("redemption reversed")),
            (EventType.DISCOUNT_GIVEN, N_("discount given")),
            (EventType.PLEDGE_RECORDED, N_("pledge recorded")),
            (EventType.STOCK_COUNTED, N_("stock counted")),
            (EventType.SHOP_ADMITTED, N_("shop admitted")),
            (EventType.SHOP_SUSPENDED, N_("shop suspended")),
            (EventType.TILL_PAIRED, N_("till paired")),
            (EventType.TILL_REVOKED, N_("till revoked")),
        ),
    ),
    (
        N_("Comparing and closing"),
        (
            (EventType.DAY_RECONCILED, N_("day reconciled")),
            (EventType.EXCEPTION_OPENED, N_("difference opened")),
            (EventType.EXCEPTION_RESOLVED, N_("difference answered")),
            (EventType.STATEMENT_ISSUED, N_("statement issued")),
            (EventType.STATEMENT_SIGNED, N_("statement signed")),
            (EventType.PERIOD_CLOSED, N_("day or month closed")),
            (EventType.LEDGER_SEALED, N_("ledger sealed")),
        ),
    ),
    (
        N_("Volunteers"),
        (
            (EventType.PASS_ISSUED, N_("pass issued")),
            (EventType.PASS_LOST, N_("pass lost")),
            (EventType.PASS_REISSUED, N_("card replaced")),
            (EventType.STAR_PROPOSED, N_("star proposed")),
            (EventType.STAR_GRANTED, N_("star granted")),
            (EventType.CERTIFICATE_ISSUED, N_("certificate issued")),
            (EventType.RECORDS_EXPORTED, N_("records exported")),
            (EventType.NOTICE_PUBLISHED, N_("notice published")),
            (EventType.CONSENT_GIVEN, N_("consent given")),
            (EventType.CONSENT_WITHDRAWN, N_("consent withdrawn")),
        ),
    ),
    (
        N_("Matters"),
        (
            (EventType.MATTER_RAISED, N_("matter raised")),
            (EventType.MATTER_ASSIGNED, N_("matter assigned")),
            (EventType.MATTER_RETURNED, N_("matter returned")),
            (EventType.MATTER_SOLVED, N_("matter solved")),
            (EventType.MATTER_ANSWERED, N_("matter answered")),
            (EventType.MATTER_RATED, N_("matter rated")),
            (EventType.MATTER_REOPENED, N_("matter reopened")),
        ),
    ),
)
LABELS = {str(kind): label for _, kinds in GROUPS for kind, label in kinds}
STATES = {
    "retrying": N_("is tried again"),
    "dead": N_("waits for a person"),
    "done": N_("dealt with"),
    "skipped": N_("no longer dealt with"),
}
CONSUMERS = {
    "stars": N_("star levels"),
    "reconciliation": N_("reconciliation"),
    "batches": N_("shops' days"),
    "partners": N_("partners' webhooks"),
}
REASONS = {
    "by_hand": N_("switched off by hand"),
    "failing": N_("switched off: it failed for days"),
    "gone": N_("switched off: the partner wants nothing more"),
}
DELIVERIES = {"pending": N_("waits"), "delivered": N_("arrived"), "failed": N_("given up")}
