-- What accounts hold, many of them in one statement: what waits for the sealer is added up once, where ledger_balance did
-- it for each account. Read round the second wall like that function: by address, for a pledge that stands in every shop.
CREATE VIEW ledger_balances AS
  SELECT a.id, a.programme_id, a.address, a.unit,
    (a.posted + CASE WHEN a.tracked THEN 0 ELSE coalesce(w.amount, 0) END)::bigint AS balance
  FROM ledger_accounts a LEFT JOIN (
    SELECT e.account_id, sum(e.amount) AS amount FROM ledger_unsealed u JOIN ledger_entries e ON e.transfer_id = u.transfer_id
    GROUP BY e.account_id) w ON w.account_id = a.id;
GRANT SELECT ON ledger_balances TO aixin_app;
