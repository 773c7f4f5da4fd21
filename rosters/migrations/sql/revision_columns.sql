-- What `mine` holds otherwise than `theirs`: text by key, of secret columns only that it is another.
CREATE FUNCTION rosters_extra_but(mine jsonb, theirs jsonb, secret text[]) RETURNS jsonb
LANGUAGE sql IMMUTABLE SET search_path FROM CURRENT AS $$
    SELECT coalesce(jsonb_object_agg(e.key, CASE WHEN e.key = ANY(secret) THEN '"other"'::jsonb ELSE e.value END), '{}')
      FROM jsonb_each(mine) e WHERE e.value IS DISTINCT FROM theirs -> e.key
$$;

-- Entitlements are told apart as everywhere: whose, and what for. Numbers move with every line that comes or goes, so a
-- number is no difference. Of the template's columns those are told that differ, by key. No digest leaves: an ID, account
-- or other secret number that is another is only said to be another.
CREATE OR REPLACE FUNCTION rosters_differences(roster bigint)
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
