-- What a revision changed, and where the way goes on after a return (ROS-7). While a roster is back with its clerk the
-- database keeps the lines as they were sealed; when it is sealed again, only the differences stay.

CREATE FUNCTION rosters_keep_before() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
    INSERT INTO rosters_linebefore (roster_id, holder, basis, number, village, "group", household, head_name, beneficiary,
           beneficiary_name, beneficiary_id_digest, payee, payee_name, payee_id_digest, bank_name, account_digest,
           account_tail, cash, standard, unit_fen, quantity, amount_fen, period_start, period_end, remark, extra)
    SELECT roster_id, holder, basis, number, village_id, "group", household_id, head_name, beneficiary_id,
           beneficiary_name, beneficiary_id_digest, payee_id, payee_name, payee_id_digest, bank_name, account_digest,
           account_tail, cash, standard_id, unit_fen, quantity, amount_fen, period_start, period_end, remark, extra
      FROM rosters_rosterline WHERE roster_id = NEW.id AND NOT taken_out;
    RETURN NULL;
END $$;
CREATE TRIGGER rosters_keep_before AFTER UPDATE OF status ON rosters_roster FOR EACH ROW
    WHEN (OLD.status <> 'returned' AND NEW.status = 'returned') EXECUTE FUNCTION rosters_keep_before();

-- What `mine` holds otherwise than `theirs`: text by key, of secret columns only that it is another.
CREATE FUNCTION rosters_extra_but(mine jsonb, theirs jsonb, secret text[]) RETURNS jsonb
LANGUAGE sql IMMUTABLE SET search_path FROM CURRENT AS $$
    SELECT coalesce(jsonb_object_agg(e.key, CASE WHEN e.key = ANY(secret) THEN '"other"'::jsonb ELSE e.value END), '{}')
      FROM jsonb_each(mine) e WHERE e.value IS DISTINCT FROM theirs -> e.key
$$;

-- Entitlements are told apart as everywhere: whose, and what for. Numbers move with every line that comes or goes, so a
-- number is no difference. Of the template's columns those are told that differ, by key. No digest leaves: an ID, account
-- or other secret number that is another is only said to be another.
CREATE FUNCTION rosters_differences(roster bigint)
RETURNS TABLE (kind text, holder text, basis text, number integer, number_before integer, name text, areas jsonb,
               old jsonb, new jsonb)
LANGUAGE plpgsql STABLE SET search_path FROM CURRENT AS $$
DECLARE
    secret text[];
BEGIN
    SELECT coalesce(array_agg(c.one ->> 'key'), '{}') INTO secret
      FROM rosters_roster r
      JOIN subsidies_policyversion v ON v.id = r.version_id
      JOIN subsidies_columntemplate t ON t.id = v.template_id
     CROSS JOIN LATERAL jsonb_array_elements(t.content -> 'columns') AS c (one)
     WHERE r.id = roster AND c.one ->> 'kind' IN ('id', 'secret');
    RETURN QUERY EXECUTE $q$
    SELECT CASE WHEN w.holder IS NULL THEN 'added' WHEN n.holder IS NULL THEN 'removed' ELSE 'changed' END,
           coalesce(n.holder, w.holder)::text, coalesce(n.basis, w.basis)::text, n.number, w.number,
           coalesce(n.beneficiary_name, w.beneficiary_name)::text,
           CASE WHEN w.holder IS NULL OR n.holder IS NULL THEN '[]'::jsonb
                ELSE jsonb_path_query_array(jsonb_build_array(
                     CASE WHEN d.amount THEN 'amount' END, CASE WHEN d.payee THEN 'payee' END,
                     CASE WHEN d.register THEN 'register' END, CASE WHEN d.remark THEN 'remark' END,
                     CASE WHEN d.period THEN 'period' END), '$[*] ? (@ != null)') END,
           jsonb_strip_nulls(jsonb_build_object(
               'quantity', CASE WHEN n.holder IS NULL OR w.quantity <> n.quantity THEN trim_scale(w.quantity)::text END,
               'tier', CASE WHEN n.holder IS NULL OR w.standard <> n.standard_id
                            THEN (SELECT s.name FROM subsidies_standard s WHERE s.id = w.standard) END,
               'amount_fen', CASE WHEN n.holder IS NULL OR w.amount_fen <> n.amount_fen THEN w.amount_fen END,
               'extra', CASE WHEN w.extra <> n.extra THEN rosters_extra_but(w.extra, n.extra, $2) END,
               'payee', CASE WHEN d.payee THEN w.payee_name END,
               'account', CASE WHEN d.payee THEN w.bank_name || ' ' || w.account_tail END,
               'name', CASE WHEN d.register AND w.beneficiary_name <> n.beneficiary_name THEN w.beneficiary_name END,
               'head', CASE WHEN d.register AND w.head_name <> n.head_name THEN w.head_name END,
               'group', CASE WHEN d.register AND w."group" <> n."group" THEN w."group" END,
               'remark', CASE WHEN d.remark THEN w.remark END)),
           jsonb_strip_nulls(jsonb_build_object(
               'quantity', CASE WHEN w.holder IS NULL OR w.quantity <> n.quantity THEN trim_scale(n.quantity)::text END,
               'tier', CASE WHEN w.holder IS NULL OR w.standard <> n.standard_id
                            THEN (SELECT s.name FROM subsidies_standard s WHERE s.id = n.standard_id) END,
               'amount_fen', CASE WHEN w.holder IS NULL OR w.amount_fen <> n.amount_fen THEN n.amount_fen END,
               'extra', CASE WHEN w.extra <> n.extra THEN rosters_extra_but(n.extra, w.extra, $2) END,
               'payee', CASE WHEN d.payee THEN n.payee_name END,
               'account', CASE WHEN d.payee THEN n.bank_name || ' ' || n.account_tail END,
               'id', CASE WHEN d.register AND w.beneficiary_id_digest <> n.beneficiary_id_digest THEN 'other' END,
               'village', CASE WHEN d.register AND w.village <> n.village_id
                               THEN (SELECT v.name FROM accounts_division v WHERE v.id = n.village_id) END,
               'name', CASE WHEN d.register AND w.beneficiary_name <> n.beneficiary_name THEN n.beneficiary_name END,
               'head', CASE WHEN d.register AND w.head_name <> n.head_name THEN n.head_name END,
               'group', CASE WHEN d.register AND w."group" <> n."group" THEN n."group" END,
               'remark', CASE WHEN d.remark THEN n.remark END))
      FROM (SELECT * FROM rosters_linebefore WHERE roster_id = $1) w
      FULL JOIN (SELECT * FROM rosters_rosterline WHERE roster_id = $1 AND NOT taken_out) n
           ON n.holder = w.holder AND n.basis = w.basis
     CROSS JOIN LATERAL (SELECT
           ROW(w.standard, w.unit_fen, w.quantity, w.amount_fen, w.extra)
               IS DISTINCT FROM ROW(n.standard_id, n.unit_fen, n.quantity, n.amount_fen, n.extra) AS amount,
           ROW(w.payee, w.payee_name, w.payee_id_digest, w.bank_name, w.account_digest, w.cash)
               IS DISTINCT FROM ROW(n.payee_id, n.payee_name, n.payee_id_digest, n.bank_name, n.account_digest, n.cash)
               AS payee,
           ROW(w.village, w."group", w.household, w.head_name, w.beneficiary, w.beneficiary_name, w.beneficiary_id_digest)
               IS DISTINCT FROM ROW(n.village_id, n."group", n.household_id, n.head_name, n.beneficiary_id,
                                    n.beneficiary_name, n.beneficiary_id_digest) AS register,
           w.remark IS DISTINCT FROM n.remark AS remark,
           ROW(w.period_start, w.period_end) IS DISTINCT FROM ROW(n.period_start, n.period_end) AS period) d
     WHERE w.holder IS NULL OR n.holder IS NULL OR d.amount OR d.payee OR d.register OR d.remark OR d.period
    $q$ USING roster, secret;
END $$;

-- Writes down what the revision under work changes: asked with every check of a roster that is back, and by its seal.
-- These tables are written here and nowhere else: the application may read them only.
CREATE FUNCTION rosters_compare(roster bigint) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
SET search_path FROM CURRENT AS $$
DECLARE
    made integer;
BEGIN
    SELECT revision + 1 INTO STRICT made FROM rosters_roster WHERE id = roster AND status = 'returned';
    DELETE FROM rosters_revisionchange WHERE roster_id = roster AND revision = made;
    INSERT INTO rosters_revisionchange (roster_id, revision, kind, holder, basis, number, number_before, name, areas,
                                        old, new)
    SELECT roster, made, d.kind, d.holder, d.basis, d.number, d.number_before, d.name, d.areas, d.old, d.new
      FROM rosters_differences(roster) d;
END $$;

CREATE FUNCTION rosters_sealed_again() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path FROM CURRENT AS $$
BEGIN
    IF NEW.revision <> OLD.revision + 1 THEN
        PERFORM portal_refuse('rosters_revision_next', 'a roster that was returned is sealed as its next revision');
    END IF;
    PERFORM rosters_compare(NEW.id);
    DELETE FROM rosters_linebefore WHERE roster_id = NEW.id;
    RETURN NEW;
END $$;
CREATE TRIGGER rosters_sealed_again BEFORE UPDATE OF status ON rosters_roster FOR EACH ROW
    WHEN (OLD.status = 'returned' AND NEW.status = 'review') EXECUTE FUNCTION rosters_sealed_again();
CREATE FUNCTION rosters_before_gone() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
    DELETE FROM rosters_linebefore WHERE roster_id = NEW.id;
    RETURN NULL;
END $$;
CREATE TRIGGER rosters_before_gone AFTER UPDATE OF status ON rosters_roster FOR EACH ROW
    WHEN (OLD.status = 'returned' AND NEW.status = 'void') EXECUTE FUNCTION rosters_before_gone();

-- What a return asks for is said with it, and stays.
CREATE FUNCTION rosters_ask_guard() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    IF TG_OP = 'INSERT' AND EXISTS (
        SELECT FROM rosters_decision d JOIN rosters_roster r ON r.id = d.roster_id
         WHERE d.id = NEW.decision_id AND d.resumes AND d.to_step = '' AND d.revision = r.revision
           AND NOT rosters_editable(r.status)) THEN
        RETURN NEW;
    END IF;
    PERFORM portal_refuse('rosters_ask_kept', 'what a return asks for is said when it is made');
    RETURN NULL;
END $$;
CREATE TRIGGER rosters_ask_guard BEFORE INSERT OR UPDATE OR DELETE ON rosters_returnask
    FOR EACH ROW EXECUTE FUNCTION rosters_ask_guard();

-- Whether a revision changed nothing but what the return before it asked for.
CREATE FUNCTION rosters_only_asked(roster bigint, made_revision integer, returned bigint) RETURNS boolean
LANGUAGE sql STABLE SET search_path FROM CURRENT AS $$
    SELECT NOT EXISTS (
        SELECT FROM rosters_revisionchange c
         WHERE c.roster_id = roster AND c.revision = made_revision
           AND NOT CASE c.kind
               WHEN 'changed' THEN NOT EXISTS (
                    SELECT FROM jsonb_array_elements_text(c.areas) AS t (area)
                     WHERE NOT EXISTS (SELECT FROM rosters_returnask a
                            WHERE a.decision_id = returned AND a.area = t.area
                              AND (a.holder = '' OR a.holder = c.holder AND a.basis = c.basis)))
               WHEN 'removed' THEN EXISTS (SELECT FROM rosters_returnask a
                            WHERE a.decision_id = returned AND a.area = 'remove'
                              AND (a.holder = '' OR a.holder = c.holder AND a.basis = c.basis))
               ELSE EXISTS (SELECT FROM rosters_returnask a WHERE a.decision_id = returned AND a.area = 'add') END)
$$;

-- Nothing passes a step that nobody signed, and a signature stands for what the roster is: for the very same content,
-- or for an earlier revision since when every return named what it asked for, came from a later step, and got no more.
-- On whose paper the sums stand, the sums stay.
CREATE FUNCTION rosters_steps_signed() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
    missing text;
    stale text;
BEGIN
    WITH chain AS (
        SELECT e.step ->> 'key' AS key, e.place, coalesce(e.step ->> 'kind', '') = 'notice' AS notice,
               coalesce(e.step ->> 'signs', '') <> '' AS paper
          FROM jsonb_array_elements(NEW.rules #> '{chain,value}') WITH ORDINALITY AS e (step, place)),
    before AS (
        SELECT * FROM chain
         WHERE NOT notice AND (NEW.status = 'approved' OR place < (SELECT place FROM chain WHERE key = NEW.step))),
    signed AS (
        SELECT b.key, b.place, b.paper, d.fingerprint, d.revision, d.total_fen, d.line_count, d.id
          FROM before b LEFT JOIN rosters_decision d
               ON d.roster_id = NEW.id AND d.step = b.key AND d.action = 'approve' AND d.in_force)
    SELECT min(s.key) FILTER (WHERE s.id IS NULL),
           min(s.key) FILTER (WHERE s.fingerprint IS DISTINCT FROM NEW.fingerprint AND (
               s.paper AND (s.total_fen, s.line_count) IS DISTINCT FROM (NEW.total_fen, NEW.line_count)
               OR EXISTS (
                  SELECT FROM generate_series(s.revision + 1, NEW.revision::integer) AS m (revision)
                   WHERE NOT EXISTS (
                         SELECT FROM rosters_decision q
                          WHERE q.roster_id = NEW.id AND q.revision = m.revision - 1 AND q.action = 'return'
                            AND q.to_step = '' AND q.resumes
                            AND (SELECT place FROM chain WHERE key = q.step) > s.place
                            AND rosters_only_asked(NEW.id, m.revision, q.id)))))
      INTO missing, stale FROM signed s;
    IF missing IS NOT NULL THEN
        PERFORM portal_refuse('rosters_steps_signed', format('nobody has signed the step %s', missing));
    END IF;
    IF stale IS NOT NULL THEN
        PERFORM portal_refuse('rosters_steps_signed', format('the signature of step %s stood for something else', stale));
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER rosters_steps_signed AFTER UPDATE OF status, step ON rosters_roster FOR EACH ROW
    WHEN (NEW.status IN ('review', 'notice', 'approved')
          AND (OLD.status, OLD.step) IS DISTINCT FROM (NEW.status, NEW.step))
    EXECUTE FUNCTION rosters_steps_signed();
REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON rosters_linebefore, rosters_revisionchange FROM portal_web;
REVOKE DELETE, TRUNCATE ON rosters_returnask FROM portal_web;
