-- The money goes to the beneficiary or the household's head, else only to an approved delegate or heir (PAY-8, ZLT§29,
-- CQ§24); and nobody stands in a roster of another place unless that place was asked (ZLT§18) or a school makes it.

-- Whether somebody else than the one to whom it is owed may receive it now: the delegate of a living, approved delegation
-- that covers the policy and this day, or the approved heir of a dead person; both under the rules the roster keeps.
CREATE FUNCTION rosters_may_receive(payee bigint, owed bigint, roster bigint) RETURNS boolean
LANGUAGE sql STABLE SET search_path FROM CURRENT AS $$
    SELECT EXISTS (
        SELECT FROM rosters_roster r
          JOIN subsidies_policy pol ON pol.id = r.policy_id
          JOIN households_person o ON o.id = owed
          JOIN households_person y ON y.id = payee AND y.state = 'alive'
         WHERE r.id = roster
           AND (o.state = 'dead' AND pol.category = 'production'
                AND r.rules #>> '{death.production,value}' = 'heir'
                AND EXISTS (SELECT FROM households_succession su
                             WHERE su.deceased_id = owed AND su.heir_id = payee AND su.state = 'approved')
             OR o.state = 'alive'
                AND coalesce((r.rules #>> '{delegation.allowed,value}')::boolean, false)
                AND EXISTS (SELECT FROM households_delegation dg
                             WHERE dg.beneficiary_id = owed AND dg.delegate_id = payee AND dg.state = 'approved'
                               AND dg.department_id = pol.department_id
                               AND (portal_now() AT TIME ZONE 'Asia/Shanghai')::date
                                   BETWEEN dg.valid_from AND dg.valid_to
                               AND (dg.policy_codes = '[]'::jsonb OR dg.policy_codes ? pol.code))))
$$;

-- Whether a person of another township may stand in a roster: a school's pupils live anywhere in the county, a township
-- may refer to somebody while the owning township consents.
CREATE FUNCTION rosters_from_elsewhere(person bigint, roster bigint) RETURNS boolean
LANGUAGE sql STABLE SET search_path FROM CURRENT AS $$
    SELECT EXISTS (
        SELECT FROM rosters_roster r
          JOIN accounts_organisation o ON o.id = r.organisation_id
         WHERE r.id = roster
           AND (o.kind = 'school'
             OR coalesce((r.rules #>> '{virtual_households,value}')::boolean, false)
                AND EXISTS (SELECT FROM households_virtualmember m
                             WHERE m.person_id = person AND m.host_id = r.division_id AND m.state = 'consented')))
$$;

-- Asked once, when a roster is sealed: afterwards its lines cannot change. By EXECUTE, as all questions over many lines.
CREATE FUNCTION rosters_payees_of_right() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
    wrong integer;
BEGIN
    EXECUTE $check$
        SELECT l.number FROM rosters_rosterline l
          JOIN subsidies_policy pol ON pol.id = l.policy_id
          JOIN households_household h ON h.id = l.household_id
         WHERE l.roster_id = $1
           AND l.payee_id IS DISTINCT FROM CASE pol.unit WHEN 'household' THEN h.head_id ELSE l.beneficiary_id END
           AND NOT coalesce(rosters_may_receive(l.payee_id,
                   CASE pol.unit WHEN 'household' THEN h.head_id ELSE l.beneficiary_id END, l.roster_id), false)
         LIMIT 1$check$ INTO wrong USING NEW.id;
    IF wrong IS NOT NULL THEN
        PERFORM portal_refuse('rosters_payee_of_right', format('line %s is paid to somebody without a right to it', wrong));
    END IF;
    EXECUTE $check$
        SELECT l.number FROM rosters_rosterline l
          JOIN households_person b ON b.id = l.beneficiary_id
          JOIN households_household h ON h.id = b.household_id
          JOIN accounts_division v ON v.id = h.village_id
         WHERE l.roster_id = $1 AND v.parent_id IS DISTINCT FROM $2
           AND NOT rosters_from_elsewhere(b.id, l.roster_id)
         LIMIT 1$check$ INTO wrong USING NEW.id, NEW.division_id;
    IF wrong IS NOT NULL THEN
        PERFORM portal_refuse('rosters_line_of_place', format('line %s is somebody of another township', wrong));
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER rosters_payees_of_right AFTER UPDATE OF status ON rosters_roster FOR EACH ROW
    WHEN (NOT rosters_under_way(OLD.status) AND rosters_under_way(NEW.status))
    EXECUTE FUNCTION rosters_payees_of_right();
