-- A deputy's post is what was asked for and confirmed by another person: the same office and role, within both terms,
-- of another natural person, and never a deputy's deputy. The limits of every post hold for it as well.

CREATE FUNCTION accounts_deputy_post() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
    asked accounts_deputation;
    principal accounts_post;
BEGIN
    IF TG_OP = 'UPDATE' AND NEW.deputation_id IS DISTINCT FROM OLD.deputation_id THEN
        PERFORM portal_refuse('accounts_deputy_post', 'a post does not become a deputy''s, nor cease to be one');
    END IF;
    IF NEW.deputation_id IS NULL THEN
        RETURN NEW;
    END IF;
    SELECT * INTO STRICT asked FROM accounts_deputation WHERE id = NEW.deputation_id;
    SELECT * INTO STRICT principal FROM accounts_post WHERE id = asked.principal_id;
    IF TG_OP = 'INSERT' AND (asked.state <> 'confirmed' OR NOT NEW.term <@ principal.term)
       OR NOT NEW.term <@ asked.term
       OR (NEW.user_id, NEW.person_id) IS DISTINCT FROM (asked.deputy_id, asked.deputy_person_id)
       OR (NEW.organisation_id, NEW.role) IS DISTINCT FROM (principal.organisation_id, principal.role)
       OR NEW.person_id = principal.person_id OR principal.deputation_id IS NOT NULL
       OR principal.duty_group <> 'review' THEN
        PERFORM portal_refuse('accounts_deputy_post', 'a deputy''s post is the one that was confirmed');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER accounts_deputy_post BEFORE INSERT OR UPDATE ON accounts_post
    FOR EACH ROW EXECUTE FUNCTION accounts_deputy_post();

CREATE FUNCTION accounts_deputation_guard() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'asked' OR NOT EXISTS (
            SELECT FROM accounts_user u WHERE u.id = NEW.deputy_id AND u.person_id = NEW.deputy_person_id) THEN
            PERFORM portal_refuse('accounts_deputation_arrows', 'it is asked for first, by the deputy''s own sign-in');
        END IF;
        RETURN NEW;
    END IF;
    IF TG_OP = 'UPDATE'
       AND (NEW.principal_id, NEW.deputy_id, NEW.deputy_person_id, NEW.term, NEW.reason, NEW.asked_by_id,
            NEW.asked_by_person_id, NEW.asked_at)
           IS NOT DISTINCT FROM
           (OLD.principal_id, OLD.deputy_id, OLD.deputy_person_id, OLD.term, OLD.reason, OLD.asked_by_id,
            OLD.asked_by_person_id, OLD.asked_at)
       AND ((OLD.state, NEW.state) IN (('asked', 'confirmed'), ('asked', 'refused'), ('asked', 'ended'))
            OR (OLD.state, NEW.state) = ('confirmed', 'ended')
               AND (NEW.decided_by_id, NEW.decided_by_person_id, NEW.decided_at, NEW.opinion)
                   IS NOT DISTINCT FROM (OLD.decided_by_id, OLD.decided_by_person_id, OLD.decided_at, OLD.opinion)) THEN
        RETURN NEW;
    END IF;
    PERFORM portal_refuse('accounts_deputation_arrows', 'what was asked for stays, and its state goes forward');
    RETURN NULL;
END $$;
CREATE TRIGGER accounts_deputation_guard BEFORE INSERT OR UPDATE OR DELETE ON accounts_deputation
    FOR EACH ROW EXECUTE FUNCTION accounts_deputation_guard();
REVOKE DELETE, TRUNCATE ON accounts_deputation FROM portal_web;
