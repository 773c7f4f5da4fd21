-- Cash (PAY-6): only where the rules of the batch allow it, by a team of township and village, and nobody keeps any.

CREATE FUNCTION disbursement_cash_ruled(rules jsonb) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
    SELECT coalesce((rules -> 'cash.allowed' ->> 'value')::boolean, false)
$$;

-- A roster is for cash from its beginning, and only under rules that know cash.
CREATE FUNCTION disbursement_roster_method() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND NEW.method <> OLD.method THEN
        PERFORM portal_refuse('disbursement_method_kept', 'how a roster is paid does not change');
    END IF;
    IF NEW.method = 'cash' AND NOT disbursement_cash_ruled(NEW.rules) THEN
        PERFORM portal_refuse('disbursement_cash_allowed', 'the rules of this roster know no cash');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER disbursement_roster_method BEFORE INSERT OR UPDATE OF method, rules ON rosters_roster
    FOR EACH ROW EXECUTE FUNCTION disbursement_roster_method();

CREATE FUNCTION disbursement_batch_method() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND NEW.method <> OLD.method THEN
        PERFORM portal_refuse('disbursement_method_kept', 'how a batch is paid does not change');
    END IF;
    IF NEW.method = 'cash' AND NOT disbursement_cash_ruled(NEW.rules) THEN
        PERFORM portal_refuse('disbursement_cash_allowed', 'the rules of this batch know no cash');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER disbursement_batch_method BEFORE INSERT OR UPDATE OF method, rules ON disbursement_batch
    FOR EACH ROW EXECUTE FUNCTION disbursement_batch_method();

CREATE FUNCTION disbursement_batchroster_method() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    IF (SELECT method FROM disbursement_batch WHERE id = NEW.batch_id)
       <> (SELECT method FROM rosters_roster WHERE id = NEW.roster_id) THEN
        PERFORM portal_refuse('disbursement_method_kept', 'a batch pays its rosters as they are to be paid');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER disbursement_batchroster_method BEFORE INSERT ON disbursement_batchroster
    FOR EACH ROW EXECUTE FUNCTION disbursement_batchroster_method();

-- No bank answers for cash.
CREATE FUNCTION disbursement_cash_no_bank() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    IF (SELECT method FROM disbursement_batch WHERE id = NEW.batch_id) = 'cash' THEN
        PERFORM portal_refuse('disbursement_cash_no_bank', 'cash is handed out at assemblies; no bank has a file of it');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER disbursement_cash_no_result BEFORE INSERT ON disbursement_resultfile
    FOR EACH ROW EXECUTE FUNCTION disbursement_cash_no_bank();
CREATE TRIGGER disbursement_cash_no_outbox BEFORE INSERT ON disbursement_bankoutbox
    FOR EACH ROW EXECUTE FUNCTION disbursement_cash_no_bank();

-- The session: its arrows, its team, its money.
CREATE FUNCTION disbursement_cash_session_guard() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
    batch disbursement_batch;
    listed record;
    team record;
BEGIN
    IF TG_OP = 'DELETE' THEN
        PERFORM portal_refuse('disbursement_cash_kept', 'a session is cancelled, never deleted');
    END IF;
    SELECT * INTO STRICT batch FROM disbursement_batch WHERE id = NEW.batch_id;
    IF TG_OP = 'INSERT' THEN
        IF NEW.status <> 'planned' THEN
            PERFORM portal_refuse('disbursement_cash_arrows', 'a session begins as planned');
        END IF;
        IF batch.method <> 'cash' OR NOT disbursement_cash_ruled(batch.rules) OR batch.status <> 'sent' THEN
            PERFORM portal_refuse('disbursement_cash_allowed', 'cash of a released batch, where its rules allow it');
        END IF;
        RETURN NEW;
    END IF;
    IF OLD.status IN ('closed', 'cancelled') THEN
        PERFORM portal_refuse('disbursement_cash_kept', 'a session that is over stays as it was');
    END IF;
    IF OLD.status <> NEW.status AND (OLD.status, NEW.status) NOT IN (('planned', 'drawn'), ('planned', 'cancelled'),
        ('drawn', 'settled'), ('settled', 'closed'), ('settled', 'drawn')) THEN
        PERFORM portal_refuse('disbursement_cash_arrows', format('no arrow from %s to %s', OLD.status, NEW.status));
    END IF;
    IF ROW(NEW.number, NEW.batch_id, NEW.unit_id, NEW.village_id, NEW.planned_by_id, NEW.planned_by_person_id)
       IS DISTINCT FROM
       ROW(OLD.number, OLD.batch_id, OLD.unit_id, OLD.village_id, OLD.planned_by_id, OLD.planned_by_person_id)
       OR (OLD.status <> 'planned' AND ROW(NEW.drawn_fen, NEW.drawn_reference, NEW.drawn_at, NEW.held_at, NEW.place,
           NEW.chair, NEW.chaired_by) IS DISTINCT FROM ROW(OLD.drawn_fen, OLD.drawn_reference, OLD.drawn_at,
           OLD.held_at, OLD.place, OLD.chair, OLD.chaired_by)) THEN
        PERFORM portal_refuse('disbursement_cash_kept', 'what was planned and drawn does not change');
    END IF;
    SELECT count(*) AS n, coalesce(sum(amount_fen), 0) AS fen,
           count(*) FILTER (WHERE outcome = 'handed') AS handed,
           coalesce(sum(amount_fen) FILTER (WHERE outcome = 'handed'), 0) AS handed_fen,
           count(*) FILTER (WHERE outcome = 'waiting') AS waiting
      INTO listed FROM disbursement_cashhandout WHERE session_id = NEW.id;
    IF OLD.status = 'planned' AND NEW.status = 'drawn' THEN
        SELECT count(*) AS n, count(*) FILTER (WHERE office = 'township') AS township,
               count(*) FILTER (WHERE office = 'village') AS village
          INTO team FROM disbursement_cashteammember WHERE session_id = NEW.id;
        IF team.n <> (batch.rules -> 'cash.team' ->> 'value')::integer OR team.township = 0 OR team.village = 0 THEN
            PERFORM portal_refuse('disbursement_cash_team',
                format('a team of %s with township and village, not %s', batch.rules -> 'cash.team' ->> 'value', team.n));
        END IF;
        IF listed.n = 0 OR NEW.drawn_fen <> listed.fen THEN
            PERFORM portal_refuse('disbursement_cash_drawn', format('drawn %s, listed %s', NEW.drawn_fen, listed.fen));
        END IF;
    END IF;
    IF NEW.status IN ('settled', 'closed') AND (listed.waiting > 0 OR NEW.handed_fen <> listed.handed_fen
        OR NEW.handed_count <> listed.handed OR NEW.drawn_fen <> listed.handed_fen + NEW.returned_fen) THEN
        PERFORM portal_refuse('disbursement_cash_balance',
            format('drawn %s, signed for %s, returned %s', NEW.drawn_fen, listed.handed_fen, NEW.returned_fen));
    END IF;
    IF NEW.status = 'closed' AND (
        NOT EXISTS (SELECT 1 FROM disbursement_cashscan WHERE session_id = NEW.id AND kind IN ('minutes', 'photo'))
        OR NOT EXISTS (SELECT 1 FROM disbursement_cashscan WHERE session_id = NEW.id AND kind = 'signed_list')) THEN
        PERFORM portal_refuse('disbursement_cash_scans', 'the signed list and the record of the assembly are scanned');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER disbursement_cash_session_guard BEFORE INSERT OR UPDATE OR DELETE ON disbursement_cashsession
    FOR EACH ROW EXECUTE FUNCTION disbursement_cash_session_guard();

-- The list is fixed once the cash is drawn; results are written while it is handed out.
CREATE FUNCTION disbursement_cash_handout_guard() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
    session disbursement_cashsession;
BEGIN
    SELECT * INTO STRICT session FROM disbursement_cashsession
     WHERE id = CASE TG_OP WHEN 'DELETE' THEN OLD.session_id ELSE NEW.session_id END FOR SHARE;
    IF TG_OP <> 'UPDATE' AND session.status <> 'planned' THEN
        PERFORM portal_refuse('disbursement_cash_list', 'the list of a session is fixed once its cash is drawn');
    END IF;
    IF TG_OP = 'DELETE' THEN
        RETURN OLD;
    END IF;
    IF TG_OP = 'INSERT' THEN
        IF NEW.outcome <> 'waiting' OR NOT EXISTS (
            SELECT 1 FROM disbursement_payment p JOIN rosters_rosterline l ON l.id = p.line_id
             WHERE p.id = NEW.payment_id AND p.batch_id = session.batch_id AND p.status = 'sent'
               AND l.village_id = session.village_id) THEN
            PERFORM portal_refuse('disbursement_cash_list', 'a session pays open payments of its batch and village');
        END IF;
        RETURN NEW;
    END IF;
    IF session.status <> 'drawn' OR ROW(NEW.session_id, NEW.payment_id, NEW.amount_fen)
       IS DISTINCT FROM ROW(OLD.session_id, OLD.payment_id, OLD.amount_fen) THEN
        PERFORM portal_refuse('disbursement_cash_list', 'who gets what is fixed; results are written after the drawing');
    END IF;
    IF NEW.giver_id IS NOT NULL AND NOT EXISTS (
        SELECT 1 FROM disbursement_cashteammember WHERE id = NEW.giver_id AND session_id = NEW.session_id) THEN
        PERFORM portal_refuse('disbursement_cash_team', 'who gives belongs to the team of the session');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER disbursement_cash_handout_guard BEFORE INSERT OR UPDATE OR DELETE ON disbursement_cashhandout
    FOR EACH ROW EXECUTE FUNCTION disbursement_cash_handout_guard();

CREATE FUNCTION disbursement_cash_team_guard() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    IF (SELECT status FROM disbursement_cashsession
         WHERE id = CASE TG_OP WHEN 'DELETE' THEN OLD.session_id ELSE NEW.session_id END) <> 'planned' THEN
        PERFORM portal_refuse('disbursement_cash_team', 'the team is fixed once the cash is drawn');
    END IF;
    IF TG_OP = 'DELETE' THEN
        RETURN OLD;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER disbursement_cash_team_guard BEFORE INSERT OR UPDATE OR DELETE ON disbursement_cashteammember
    FOR EACH ROW EXECUTE FUNCTION disbursement_cash_team_guard();

CREATE TRIGGER disbursement_cashscan_kept BEFORE UPDATE OR DELETE ON disbursement_cashscan
    FOR EACH ROW EXECUTE FUNCTION disbursement_kept();

ALTER TABLE disbursement_cashhandout ADD CONSTRAINT disbursement_cash_amount
    FOREIGN KEY (payment_id, amount_fen) REFERENCES disbursement_payment (id, amount_fen);

REVOKE DELETE, TRUNCATE ON disbursement_cashsession FROM portal_web;
REVOKE UPDATE, DELETE, TRUNCATE ON disbursement_cashscan FROM portal_web;
