"""What a gate without a network may know: salted hashes and masked numbers, for two days."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from service.db import Database

KEPT_AT_MOST = timedelta(hours=48)
AFTER_THE_END = timedelta(hours=24)  # the queue is uploaded, and late check-outs are explained
HASH_CHARACTERS = 32

PEOPLE = """
SELECT right(v.code, 3) AS tail,
  CASE WHEN v.id = a.leader_id THEN 'leader' ELSE s.status END AS signup,
  p.name AS post, t.in_at, t.out_at, c.number, c.cid_digest,
  ARRAY(SELECT b.pid FROM passes_bindings b
        WHERE b.volunteer_id = v.id AND b.revoked_at IS NULL ORDER BY b.id) AS pids
FROM activities a JOIN people_volunteers v ON v.community_id = a.community_id
  LEFT JOIN activities_signups s ON s.activity_id = a.id AND s.volunteer_id = v.id
  LEFT JOIN activities_posts p ON p.id = s.post_id
  LEFT JOIN activities_attendances t ON t.activity_id = a.id AND t.volunteer_id = v.id
  LEFT JOIN passes_cards c ON c.volunteer_id = v.id AND c.status = 'active'
WHERE a.id = %(activity)s AND (t.id IS NOT NULL OR v.withdrawn_at IS NULL
  AND (v.id = a.leader_id OR s.status IN ('confirmed', 'waiting', 'came', 'no_show')))
ORDER BY v.code
"""
POSTS = """SELECT name, capacity - taken AS free FROM activities_posts
WHERE activity_id = %(activity)s ORDER BY id"""
KINDS = {"number": "number", "card": "cid_digest"}


def offline_roster(
    database: Database, place: Mapping[str, Any], *, salt: str, now: datetime
) -> dict[str, Any]:
    """Return whom a gate may recognise by itself; no names, no numbers, no codes."""
    mine = {"activity": place["id"]}
    rows = database.rows(PEOPLE, mine)
    moments = {name: place[name] for name in ("opens_at", "starts_at", "ends_at", "closes_at")}
    return moments | {
        "activity": {"code": place["code"], "title": place["title"]},
        "salt": salt,
        "made_at": now,
        "server_time": now,
        "expires_at": max(now, min(now + KEPT_AT_MOST, place["closes_at"] + AFTER_THE_END)),
        "present": sum(row["in_at"] is not None for row in rows),
        "posts": database.rows(POSTS, mine),
        "people": [masked(row, salt) for row in rows],
    }


def masked(row: Mapping[str, Any], salt: str) -> dict[str, Any]:
    """Return one person as the gate may know him."""
    known = {name: row[name] for name in ("tail", "signup", "in_at", "out_at", "post")}
    ids = [("pass", pid) for pid in row["pids"]]  # up to three phones
    ids += [(kind, row[column]) for kind, column in KINDS.items() if row[column]]
    return known | {"hashes": [hashed(salt, kind, one) for kind, one in ids]}


def hashed(salt: str, kind: str, one: str) -> str:
    """Return what the gate compares with what it reads."""
    return sha256(f"{salt}|{kind}|{one}".encode()).hexdigest()[:HASH_CHARACTERS]
