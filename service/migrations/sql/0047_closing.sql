-- The end of a month in the books, what an association pays its shops, and a day that somebody wants compared again.

-- Months of a programme that every community has locked, oldest first, up to the first that one of them still has open:
-- the books belong to the programme, so they close behind the last of its communities. A month without statements holds
-- nobody up. Whose rows the caller may see does not matter here: with rows missing a month would close too early.
CREATE FUNCTION settlement_locked_months(p_programme integer) RETURNS SETOF date LANGUAGE plpgsql
  SECURITY DEFINER SET search_path = public, pg_temp AS $$ BEGIN
  RETURN QUERY WITH months AS (
      SELECT DISTINCT s.month FROM settlement_statements s WHERE s.programme_id = p_programme AND s.month > coalesce(
        (SELECT b.closed_through FROM ledger_books b WHERE b.programme_id = p_programme), '-infinity'::date)),
    waiting AS (SELECT min(m.month) AS first FROM months m CROSS JOIN LATERAL (
      SELECT s.community_id FROM settlement_statements s WHERE s.programme_id = p_programme AND s.month = m.month AND s.status <> 'replaced'
      UNION SELECT p.community_id FROM shops p WHERE p.programme_id = p_programme
        AND (p.admitted_at AT TIME ZONE 'Asia/Shanghai')::date < m.month + interval '1 month') c
      WHERE NOT EXISTS (SELECT FROM settlement_months l WHERE l.community_id = c.community_id AND l.month = m.month AND l.reopened_at IS NULL))
    SELECT m.month FROM months m, waiting w WHERE m.month < w.first OR w.first IS NULL ORDER BY m.month;
END $$;
REVOKE EXECUTE ON FUNCTION settlement_locked_months FROM PUBLIC;
GRANT EXECUTE ON FUNCTION settlement_locked_months TO aixin_app;

-- What an association pays a shop under a closed statement: entered by one, confirmed by another, then posted; taken back
-- by two as well. How much is owed is the books' to say (payable:SHOP).
CREATE TABLE settlement_payments (
  id              bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_settlement_payments PRIMARY KEY,
  statement_id    bigint NOT NULL CONSTRAINT fk_settlement_payments_statement_id_settlement_statements REFERENCES settlement_statements,
  shop_id         bigint NOT NULL CONSTRAINT fk_settlement_payments_shop_id_shops REFERENCES shops,
  key             text NOT NULL,           -- of the form that was sent
  fen             bigint NOT NULL CONSTRAINT ck_settlement_payments_fen CHECK (fen > 0),
  paid_on         date NOT NULL,           -- the day on the bank's slip
  reference       text NOT NULL,           -- what the slip is called
  status          text NOT NULL CONSTRAINT ck_settlement_payments_status
                    CHECK (status IN ('waiting', 'posted', 'declined', 'asked_back', 'taken_back')),
  entered_by      text NOT NULL,
  entered_at      timestamptz NOT NULL,
  decided_by      text,
  decided_at      timestamptz,
  transfer_id     bigint,
  back_reason     text,
  back_by         text,
  back_at         timestamptz,
  back_decided_by text,
  back_decided_at timestamptz,
  back_transfer_id bigint,
  CONSTRAINT uq_settlement_payments_statement_id_key UNIQUE (statement_id, key),
  CONSTRAINT ck_settlement_payments_two CHECK (decided_by <> entered_by),
  CONSTRAINT ck_settlement_payments_back_two CHECK (back_decided_by <> back_by),
  CONSTRAINT ck_settlement_payments_posted CHECK ((transfer_id IS NOT NULL) = (status IN ('posted', 'asked_back', 'taken_back'))),
  CONSTRAINT ck_settlement_payments_taken_back CHECK ((back_transfer_id IS NOT NULL) = (status = 'taken_back'))
);
CREATE INDEX ix_settlement_payments_statement_id ON settlement_payments (statement_id, id);
CREATE UNIQUE INDEX uq_settlement_payments_waiting ON settlement_payments (shop_id) WHERE status IN ('waiting', 'asked_back');
CREATE TRIGGER kept BEFORE DELETE ON settlement_payments FOR EACH ROW EXECUTE FUNCTION reconciliation_refuse_change();
CREATE TRIGGER entered BEFORE UPDATE ON settlement_payments FOR EACH ROW
  WHEN ((OLD.statement_id, OLD.shop_id, OLD.key, OLD.fen, OLD.paid_on, OLD.reference, OLD.entered_by, OLD.entered_at)
        IS DISTINCT FROM (NEW.statement_id, NEW.shop_id, NEW.key, NEW.fen, NEW.paid_on, NEW.reference, NEW.entered_by, NEW.entered_at)
    OR OLD.transfer_id IS NOT NULL AND (OLD.transfer_id, OLD.decided_by, OLD.decided_at) IS DISTINCT FROM (NEW.transfer_id, NEW.decided_by, NEW.decided_at)
    OR OLD.status IN ('declined', 'taken_back'))
  EXECUTE FUNCTION reconciliation_refuse_change();
GRANT SELECT, INSERT, UPDATE ON settlement_payments TO aixin_app;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO aixin_app;
ALTER TABLE settlement_payments ENABLE ROW LEVEL SECURITY;
CREATE POLICY within ON settlement_payments TO aixin_app
  USING ((SELECT scope_communities() IS NULL) OR EXISTS (SELECT FROM settlement_statements p WHERE p.id = settlement_payments.statement_id))
  WITH CHECK ((SELECT scope_communities() IS NULL) OR EXISTS (SELECT FROM settlement_statements p WHERE p.id = settlement_payments.statement_id));

-- Somebody wants a shop's day compared again: how often it was asked for, and how often that was answered by a run.
ALTER TABLE reconciliation_batches
  ADD COLUMN asks integer NOT NULL DEFAULT 0,
  ADD COLUMN answered integer NOT NULL DEFAULT 0,
  ADD COLUMN asked_by text,
  ADD COLUMN asked_at timestamptz;
