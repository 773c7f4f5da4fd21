-- Money is conserved (design, truth 1): balances follow transfers, and nothing else may write them.

CREATE FUNCTION subsidies_transfer_apply() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
    debit_account subsidies_ledgeraccount;
    credit_account subsidies_ledgeraccount;
BEGIN
    -- In id order and without a key lock: FOR UPDATE here would deadlock with foreign-key checks.
    PERFORM 1 FROM subsidies_ledgeraccount WHERE id IN (NEW.debit_id, NEW.credit_id)
        ORDER BY id FOR NO KEY UPDATE;
    SELECT * INTO STRICT debit_account FROM subsidies_ledgeraccount WHERE id = NEW.debit_id;
    SELECT * INTO STRICT credit_account FROM subsidies_ledgeraccount WHERE id = NEW.credit_id;
    IF debit_account.quota_id <> credit_account.quota_id THEN
        PERFORM portal_refuse('subsidies_transfer_one_quota', 'a transfer stays within one quota');
    END IF;
    UPDATE subsidies_ledgeraccount SET balance_fen = balance_fen - NEW.amount_fen WHERE id = NEW.debit_id;
    UPDATE subsidies_ledgeraccount SET balance_fen = balance_fen + NEW.amount_fen WHERE id = NEW.credit_id;
    RETURN NULL;
END $$;
CREATE TRIGGER subsidies_transfer_apply AFTER INSERT ON subsidies_transfer
    FOR EACH ROW EXECUTE FUNCTION subsidies_transfer_apply();

CREATE FUNCTION subsidies_transfer_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM portal_refuse('subsidies_transfer_append_only', 'transfers are append-only');
END $$;
CREATE TRIGGER subsidies_transfer_append_only BEFORE UPDATE OR DELETE ON subsidies_transfer
    FOR EACH ROW EXECUTE FUNCTION subsidies_transfer_append_only();
CREATE TRIGGER subsidies_transfer_no_truncate BEFORE TRUNCATE ON subsidies_transfer
    FOR EACH STATEMENT EXECUTE FUNCTION subsidies_transfer_append_only();

-- The eight accounts come with the quota; the web role can neither make, change nor remove one.
CREATE FUNCTION subsidies_quota_open() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
    INSERT INTO subsidies_ledgeraccount (quota_id, kind, opening_fen, balance_fen)
    SELECT NEW.id, kind, CASE kind WHEN 'source' THEN NEW.amount_fen ELSE 0 END,
           CASE kind WHEN 'source' THEN NEW.amount_fen ELSE 0 END
      FROM unnest(ARRAY['source', 'available', 'reserved', 'in_transit', 'paid', 'returned', 'recovered', 'surplus'])
           AS kind;
    RETURN NULL;
END $$;
CREATE TRIGGER subsidies_quota_open AFTER INSERT ON subsidies_quota
    FOR EACH ROW EXECUTE FUNCTION subsidies_quota_open();

CREATE FUNCTION subsidies_quota_fixed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND ROW(NEW.policy_id, NEW.year, NEW.level, NEW.amount_fen)
        IS NOT DISTINCT FROM ROW(OLD.policy_id, OLD.year, OLD.level, OLD.amount_fen) THEN
        RETURN NEW;
    END IF;
    PERFORM portal_refuse('subsidies_quota_fixed', 'a quota is fixed once it is in the ledger; more money is another quota document');
END $$;
CREATE TRIGGER subsidies_quota_fixed BEFORE UPDATE OR DELETE ON subsidies_quota
    FOR EACH ROW EXECUTE FUNCTION subsidies_quota_fixed();

REVOKE UPDATE, DELETE, TRUNCATE ON subsidies_transfer FROM portal_web;
REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON subsidies_ledgeraccount FROM portal_web;
