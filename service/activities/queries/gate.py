"""The two statements of a scan: one look-up, one write. No ORM: machines scan here."""

LOOK = """
SELECT a.id, a.code, a.title, a.status, a.programme_id, a.business_day, a.community_id,
  u.code AS community, a.leader_id,
  (SELECT r.suspended_until FROM activities_rights r
   WHERE r.volunteer_id = a.leader_id AND r.name = 'lead') AS leads_not_until,
  a.onsite_secret, a.starts_at, a.ends_at, a.opens_at, a.late_at, a.closes_at,
  v.id AS volunteer_id, v.code AS volunteer, v.community_id AS home_id, v.age_band,
  v.guardian_consent, v.qualification_verified AS qualified,
  v.withdrawn_at IS NOT NULL AS withdrawn, s.status AS signup, t.status AS attendance,
  coalesce(p.adults_only,
    (SELECT bool_and(q.adults_only) FROM activities_posts q WHERE q.activity_id = a.id)
  ) AS adults_only,
  (SELECT b.title FROM activities_attendances_everywhere e JOIN activities b ON b.id = e.activity_id
   WHERE e.volunteer_id = v.id AND e.activity_id <> a.id AND e.kind = 'service'
     AND CASE WHEN e.out_at IS NULL THEN e.status = 'in' AND b.closes_at >= %(at)s
              ELSE e.in_at <= %(at)s AND e.out_at > %(at)s END LIMIT 1) AS elsewhere
FROM activities a JOIN people_units u ON u.id = a.community_id
  LEFT JOIN people_holders v ON v.id = %(volunteer)s
  LEFT JOIN activities_signups s ON s.activity_id = a.id AND s.volunteer_id = v.id
  LEFT JOIN activities_posts p ON p.id = s.post_id
  LEFT JOIN activities_attendances t ON t.activity_id = a.id AND t.volunteer_id = v.id
WHERE a.id = (SELECT c.id FROM activities_codes c WHERE c.code = lower(%(activity)s))
  AND a.status <> 'draft'
"""

# What somebody guessed wrong lately; the index on (actor, nonce) finds an actor's scans.
GUESSES = """
SELECT count(*) FILTER (WHERE received_at > %(now)s - interval '1 minute') AS minute,
  count(*) AS hour
FROM activities_scans WHERE actor = %(actor)s AND reason IN ('unknown_code', 'code_expired')
  AND received_at > %(now)s - interval '1 hour' AND nonce <> %(nonce)s
"""

SCAN = """
SELECT status, reason, already, at, replayed, same, post FROM activities_take(
  %(activity)s, %(volunteer)s, %(action)s, %(way)s, %(assurance)s, %(hash)s, %(refusal)s,
  %(may_admit)s, %(post)s, %(age)s, %(qualified)s, %(actor)s, %(device)s, %(seq)s, %(nonce)s,
  %(now)s)
"""
