-- A deputy decides for somebody, by a post that says so; and nobody makes and checks, or signs at two steps, in the own
-- name or through a deputy (design, truth 5).

CREATE FUNCTION rosters_decision_deputy() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
    hands bigint[];
BEGIN
    hands := ARRAY[NEW.by_person_id];
    IF NEW.stands_for_id IS NOT NULL THEN
        IF NOT EXISTS (
            SELECT FROM accounts_post p
              JOIN accounts_deputation d ON d.id = p.deputation_id
              JOIN accounts_post q ON q.id = d.principal_id
             WHERE p.user_id = NEW.by_id AND q.user_id = NEW.stands_for_id AND p.organisation_id = NEW.organisation_id
               AND p.term @> (portal_now() AT TIME ZONE 'Asia/Shanghai')::date) THEN
            PERFORM portal_refuse('rosters_decision_deputy', 'nobody decides for another without being the deputy');
        END IF;
        hands := hands || (SELECT person_id FROM accounts_user WHERE id = NEW.stands_for_id);
    END IF;
    -- In the own name twice, the constraints of the table refuse.
    IF NEW.action = 'approve' AND (NEW.stands_for_id IS NOT NULL AND NEW.maker_person_id = ANY(hands) OR EXISTS (
        SELECT FROM rosters_decision d LEFT JOIN accounts_user u ON u.id = d.stands_for_id
         WHERE d.roster_id = NEW.roster_id AND (d.action = 'send' OR d.action = 'approve' AND d.in_force)
           AND (NEW.stands_for_id IS NOT NULL OR d.stands_for_id IS NOT NULL)
           AND (d.by_person_id = ANY(hands) OR u.person_id = ANY(hands)))) THEN
        PERFORM portal_refuse('rosters_decision_two_people', 'who made or signed it signs no second time, nor by a deputy');
    END IF;
    RETURN NEW;
END $$;
-- After rosters_decision_guard, which writes the maker.
CREATE TRIGGER rosters_decision_hands BEFORE INSERT ON rosters_decision
    FOR EACH ROW EXECUTE FUNCTION rosters_decision_deputy();
