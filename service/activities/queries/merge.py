"""The statements of a queue: what is known of its people, and what becomes of them. No ORM."""

# Everybody's lock in one order, so that two queues of the same people do not wait in a circle.
LOCK = "SELECT activities_lock_stays(id) FROM (SELECT unnest(%(people)s::bigint[]) AS id) one"

# A reading belongs to its device, whoever brings it; one without a device to who made it.
WHO_WAS_SCANNED = """
SELECT nonce, volunteer_id FROM activities_scans
WHERE nonce = ANY(%(nonces)s) AND volunteer_id IS NOT NULL
  AND (actor = %(actor)s AND device IS NULL OR device = ANY(%(devices)s))
"""

ANSWERED = """
SELECT s.nonce, s.action, s.status, s.reason, s.already, s.effective_at AS at, s.code_hash,
  v.code AS volunteer, (SELECT min(p.kind) FROM activities_problems p
                        WHERE p.scan_id = s.id AND p.resolved_at IS NULL) AS kind
FROM activities_scans s LEFT JOIN people_holders v ON v.id = s.volunteer_id
WHERE s.nonce = ANY(%(nonces)s) AND (s.actor = %(actor)s OR s.device = ANY(%(devices)s))
UNION ALL
SELECT u.nonce, 'undo', u.status, u.reason, u.already, u.at, NULL, NULL, NULL
FROM activities_undos u
WHERE u.nonce = ANY(%(nonces)s) AND (u.actor = %(actor)s OR u.device = ANY(%(devices)s))
"""

PEOPLE = """
SELECT v.id, v.code, v.community_id AS home_id, v.age_band, v.guardian_consent,
  v.qualification_verified AS qualified, v.withdrawn_at, s.status AS signup,
  coalesce(p.adults_only, (SELECT bool_and(q.adults_only) FROM activities_posts q
                           WHERE q.activity_id = %(activity)s)) AS adults_only
FROM people_holders v
  LEFT JOIN activities_signups s ON s.activity_id = %(activity)s AND s.volunteer_id = v.id
  LEFT JOIN activities_posts p ON p.id = s.post_id
WHERE v.id = ANY(%(people)s)
"""

# A day around the activity: who was elsewhere at the same time is found there.
NEAR = """a.opens_at < %(closes_at)s::timestamptz + interval '1 day'
  AND a.closes_at > %(opens_at)s::timestamptz - interval '1 day'"""

SCANS = f"""
SELECT s.id, s.volunteer_id, s.activity_id, coalesce(s.moment, s.occurred_at) AS at, s.action,
  s.actor, s.nonce, s.way, s.assurance, s.device, s.offline, s.status, a.closes_at,
  a.status AS activity_status
FROM activities_scans s JOIN activities a ON a.id = s.activity_id
WHERE s.volunteer_id = ANY(%(people)s) AND {NEAR}
  AND (s.reason IS NULL OR s.reason = 'not_in' OR s.reason = 'overlap' AND s.offline)
"""

STAYS = f"""
SELECT t.*, a.closes_at, a.status AS activity_status
FROM activities_attendances t JOIN activities a ON a.id = t.activity_id
WHERE t.volunteer_id = ANY(%(people)s) AND {NEAR}
ORDER BY t.volunteer_id, t.activity_id FOR UPDATE OF t
"""

UNDONE = """
SELECT actor, device, scan_nonce, at FROM activities_undos
WHERE activity_id = ANY(%(activities)s) AND status = 'ok'
"""

OPEN = """
SELECT id, kind, scan_id, volunteer_id FROM activities_problems
WHERE volunteer_id = ANY(%(people)s) AND resolved_at IS NULL AND scan_id IS NOT NULL
  AND kind IN ('out_without_in', 'in_after_in', 'overlap')
"""

KEEP = """
INSERT INTO activities_scans (activity_id, volunteer_id, action, way, assurance, code_hash, status,
  reason, already, effective_at, actor, device, device_seq, nonce, occurred_at, received_at,
  offline, moment, clock_offset_ms, uptime_ms, boot)
SELECT %(activity)s, x.volunteer, x.action, 'C1', 'A3', decode(x.hash, 'hex'), x.status, x.reason,
  x.already, x.at, %(actor)s, x.device, x.seq, x.nonce, x.occurred_at, %(now)s, true, x.moment,
  x.clock_offset_ms, x.uptime_ms, x.boot
FROM jsonb_to_recordset(%(rows)s::jsonb) AS x(volunteer bigint, action text, hash text, status text,
  reason text, already boolean, at timestamptz, device text, seq bigint, nonce text,
  occurred_at timestamptz, moment timestamptz, clock_offset_ms bigint, uptime_ms bigint, boot text)
RETURNING id, nonce
"""

KEEP_UNDOS = """
INSERT INTO activities_undos (activity_id, actor, scan_nonce, nonce, at, received_at, device,
  device_seq, status, reason, already)
SELECT %(activity)s, %(actor)s, x.undoes, x.nonce, x.at, %(now)s, x.device, x.seq, x.status,
  x.reason, x.already
FROM jsonb_to_recordset(%(rows)s::jsonb) AS x(undoes text, nonce text, at timestamptz, device text,
  seq bigint, status text, reason text, already boolean)
RETURNING id
"""

# Places first, so that a stay never stands without one that was free.
SEAT = """
SELECT x.volunteer, x.activity, activities_seat(x.activity, x.volunteer, x.post, x.age,
  x.qualified, %(actor)s, %(now)s) AS seated
FROM jsonb_to_recordset(%(rows)s::jsonb) AS x(activity bigint, volunteer bigint, post text,
  age integer, qualified boolean)
"""

CLEAR = """
WITH gone AS (
  DELETE FROM activities_attendances t USING jsonb_to_recordset(%(rows)s::jsonb)
    AS x(activity bigint, volunteer bigint)
  WHERE t.activity_id = x.activity AND t.volunteer_id = x.volunteer
  RETURNING t.activity_id, t.volunteer_id)
SELECT activities_let_go(activity_id, volunteer_id, %(now)s) FROM gone
"""

# What is no longer open first: at most one open stay a person, at every moment of a statement.
MOVE = """
WITH moved AS (
  INSERT INTO activities_attendances AS t (activity_id, volunteer_id, kind, status, in_at, out_at,
    in_way, out_way, in_actor, out_actor, offline, assurance)
  SELECT x.activity, x.volunteer, x.kind, x.status, x.in_at, x.out_at, x.in_way, x.out_way,
    x.in_actor, x.out_actor, x.offline, x.assurance
  FROM jsonb_to_recordset(%(rows)s::jsonb) AS x(activity bigint, volunteer bigint, kind text,
    status text, in_at timestamptz, out_at timestamptz, in_way text, out_way text, in_actor text,
    out_actor text, offline boolean, assurance text)
  ORDER BY x.status = 'in', x.volunteer, x.activity
  ON CONFLICT (activity_id, volunteer_id) DO UPDATE SET kind = excluded.kind,
    status = excluded.status, in_at = excluded.in_at, out_at = excluded.out_at,
    in_way = excluded.in_way, out_way = excluded.out_way, in_actor = excluded.in_actor,
    out_actor = excluded.out_actor, offline = excluded.offline, assurance = excluded.assurance
  RETURNING t.id)
SELECT count(*) AS moved FROM moved
"""

TELL = """
SELECT activities_tell(x.type, x.activity, x.volunteer, %(now)s, x.said)
FROM jsonb_to_recordset(%(rows)s::jsonb) AS x(type text, activity bigint, volunteer bigint,
  said jsonb)
"""

UPLOADED = """
SELECT outbox_publish('OfflineBatchUploaded', %(subject)s, %(said)s::jsonb, %(now)s)
"""

# A problem that went away by itself and comes again is open again; a person's word stands.
RAISE = """
INSERT INTO activities_problems AS p (key, activity_id, kind, scan_id, volunteer_id, actor, device,
  detail, opened_at)
SELECT x.key, x.activity, x.kind, x.scan, x.volunteer, x.actor, x.device, x.detail, %(now)s
FROM jsonb_to_recordset(%(rows)s::jsonb) AS x(key text, activity bigint, kind text, scan bigint,
  volunteer bigint, actor text, device text, detail jsonb)
ON CONFLICT (key) DO UPDATE SET resolved_at = NULL, resolved_by = NULL, resolution = NULL
  WHERE p.resolution = 'arrived'
RETURNING p.id
"""

CLOSE = """
UPDATE activities_problems SET resolved_at = %(now)s, resolved_by = 'system', resolution = 'arrived'
WHERE id = ANY(%(ids)s) AND resolved_at IS NULL RETURNING id
"""

# Numbers of a device that never came, up to the highest of this queue: it uploads in order.
GAPS = """
WITH heard AS (
  SELECT device_seq AS seq FROM activities_scans
  WHERE device = %(device)s AND device_seq <= %(upto)s
  UNION SELECT device_seq FROM activities_undos
  WHERE device = %(device)s AND device_seq <= %(upto)s
), steps AS (SELECT lag(seq, 1, 0::bigint) OVER (ORDER BY seq) AS before, seq FROM heard)
SELECT before + 1 AS first, seq - 1 AS last FROM steps WHERE seq > before + 1 ORDER BY seq
"""

OPEN_GAPS = """
SELECT id, key FROM activities_problems
WHERE kind = 'gap' AND resolved_at IS NULL AND device = %(device)s
"""
