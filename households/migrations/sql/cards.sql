-- Cards that a bank delivered: whose they are never changes; each is handed out once or goes back, and that stays (ZLT§29).
CREATE FUNCTION households_deliveredcard_guard() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
    may_change text[] := ARRAY['state', 'returned_on', 'return_reason', 'returned_by_id'];
BEGIN
    IF TG_OP = 'DELETE' THEN
        PERFORM portal_refuse('households_deliveredcard_kept', 'a delivered card is never deleted');
    END IF;
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'held' THEN
            PERFORM portal_refuse('households_deliveredcard_arrows', 'a card begins by being delivered');
        END IF;
        RETURN NEW;
    END IF;
    IF OLD.state <> 'held' OR NEW.state NOT IN ('handed', 'returned') THEN
        PERFORM portal_refuse('households_deliveredcard_arrows', 'a card is handed out once, or goes back');
    END IF;
    IF to_jsonb(OLD) - may_change IS DISTINCT FROM to_jsonb(NEW) - may_change THEN
        PERFORM portal_refuse('households_deliveredcard_frozen', 'whose card it is does not change');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER households_deliveredcard_guard BEFORE INSERT OR UPDATE OR DELETE ON households_deliveredcard
    FOR EACH ROW EXECUTE FUNCTION households_deliveredcard_guard();

-- A card counts as handed out exactly where its handing-out is written, and no such record changes.
CREATE FUNCTION households_card_handed() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
    card bigint := CASE TG_TABLE_NAME WHEN 'households_cardhandout' THEN (to_jsonb(NEW) ->> 'card_id')::bigint ELSE NEW.id END;
BEGIN
    IF EXISTS (SELECT FROM households_deliveredcard c LEFT JOIN households_cardhandout h ON h.card_id = c.id
                WHERE c.id = card AND (c.state = 'handed') <> (h.id IS NOT NULL)) THEN
        PERFORM portal_refuse('households_card_handed', 'a card is handed out with the record of it');
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER households_card_handed AFTER INSERT ON households_cardhandout
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION households_card_handed();
CREATE CONSTRAINT TRIGGER households_card_handed AFTER UPDATE OF state ON households_deliveredcard
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION households_card_handed();
CREATE TRIGGER households_cardhandout_kept BEFORE UPDATE OR DELETE ON households_cardhandout
    FOR EACH ROW EXECUTE FUNCTION households_stays();
REVOKE DELETE, TRUNCATE ON households_deliveredcard, households_cardlist FROM portal_web;
REVOKE UPDATE, DELETE, TRUNCATE ON households_cardhandout FROM portal_web;

-- Where the rows of a bank's list lie between reading and taking in (households.cards.columns).
CREATE UNLOGGED TABLE households_stagedcard (
    excel_row integer NOT NULL,
    name text,
    id_digest bytea,
    id_birth date,
    id_sex text,
    number_digest bytea,
    number_tail text,
    kind text,
    row_errors integer NOT NULL DEFAULT 0,
    list_id bigint NOT NULL DEFAULT current_setting('portal.card_list')::bigint,
    PRIMARY KEY (list_id, excel_row)
);
