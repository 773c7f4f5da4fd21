-- The life of a policy (POL-2, POL-3, POL-4, POL-6): the county invents nothing that takes higher money; nothing is in
-- force before every step has agreed; what was agreed or made public stays as it was.

-- --- The list above -------------------------------------------------------------------------------------------------
CREATE FUNCTION subsidies_policy_maps() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.published_code <> ''
       AND NOT EXISTS (SELECT FROM subsidies_publisheditem i WHERE i.code = NEW.published_code) THEN
        PERFORM portal_refuse('subsidies_policy_maps', 'a policy maps to an item of the published list');
    END IF;
    IF TG_OP = 'UPDATE' AND NEW.kind <> 'prescribed' AND OLD.kind = 'prescribed' AND EXISTS (
        SELECT FROM subsidies_quota q WHERE q.policy_id = NEW.id AND q.level IN ('central', 'region')) THEN
        PERFORM portal_refuse('subsidies_quota_prescribed', 'a policy with central or regional money is prescribed');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER subsidies_policy_maps BEFORE INSERT OR UPDATE OF published_code, kind ON subsidies_policy
    FOR EACH ROW EXECUTE FUNCTION subsidies_policy_maps();

CREATE FUNCTION subsidies_item_in_use() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM subsidies_policy p WHERE p.published_code = OLD.code)
       AND (TG_OP = 'DELETE' OR NEW.code <> OLD.code) THEN
        PERFORM portal_refuse('subsidies_item_in_use', 'a policy maps to this item of the published list');
    END IF;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE TRIGGER subsidies_item_in_use BEFORE UPDATE OR DELETE ON subsidies_publisheditem
    FOR EACH ROW EXECUTE FUNCTION subsidies_item_in_use();

CREATE FUNCTION subsidies_quota_prescribed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.level IN ('central', 'region')
       AND NOT EXISTS (SELECT FROM subsidies_policy p WHERE p.id = NEW.policy_id AND p.kind = 'prescribed') THEN
        PERFORM portal_refuse('subsidies_quota_prescribed', 'central and regional money goes to prescribed policies');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER subsidies_quota_prescribed BEFORE INSERT ON subsidies_quota
    FOR EACH ROW EXECUTE FUNCTION subsidies_quota_prescribed();

-- --- Policies and their versions ------------------------------------------------------------------------------------
CREATE FUNCTION subsidies_policy_moves() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.status <> OLD.status
       AND (OLD.status, NEW.status) NOT IN (('proposed', 'in_force'), ('in_force', 'stopped')) THEN
        PERFORM portal_refuse('subsidies_policy_moves', 'proposed, in force, stopped: in this order only');
    END IF;
    IF OLD.status = 'stopped' AND ROW(NEW.in_force_from, NEW.in_force_to)
        IS DISTINCT FROM ROW(OLD.in_force_from, OLD.in_force_to) THEN
        PERFORM portal_refuse('subsidies_policy_moves', 'what is stopped stays stopped');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER subsidies_policy_moves BEFORE UPDATE OF status, in_force_from, in_force_to ON subsidies_policy
    FOR EACH ROW EXECUTE FUNCTION subsidies_policy_moves();

CREATE FUNCTION subsidies_version_by_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.change_id IS NULL THEN
        -- The list with which a county begins: one version of each.
        IF EXISTS (SELECT FROM subsidies_policyversion v WHERE v.policy_id = NEW.policy_id) THEN
            PERFORM portal_refuse('subsidies_version_by_change', 'a further version comes from an approved change');
        END IF;
    ELSIF NOT EXISTS (
        SELECT FROM subsidies_policychange c
         WHERE c.id = NEW.change_id AND c.policy_id = NEW.policy_id AND c.state = 'approved'
           AND c.kind IN ('add', 'change') AND c.applies_from = NEW.effective_from) THEN
        PERFORM portal_refuse('subsidies_version_by_change', 'a version comes from an approved change, on its day');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER subsidies_version_by_change BEFORE INSERT ON subsidies_policyversion
    FOR EACH ROW EXECUTE FUNCTION subsidies_version_by_change();

CREATE FUNCTION subsidies_version_fixed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR ((OLD.published_at IS NOT NULL OR OLD.change_id IS NOT NULL)
        AND to_jsonb(NEW) - 'published_at' IS DISTINCT FROM to_jsonb(OLD) - 'published_at')
       OR (OLD.published_at IS NOT NULL AND NEW.published_at IS DISTINCT FROM OLD.published_at) THEN
        PERFORM portal_refuse('subsidies_version_fixed', 'what is public or was agreed stays; a change is a new version');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER subsidies_version_fixed BEFORE UPDATE OR DELETE ON subsidies_policyversion
    FOR EACH ROW EXECUTE FUNCTION subsidies_version_fixed();

CREATE FUNCTION subsidies_part_fixed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    part record := CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
    fixed boolean;
BEGIN
    -- What two offices agreed to is sealed with the version; the first list is sealed by its publication, on its pages.
    SELECT v.change_id IS NOT NULL AND (TG_OP <> 'INSERT' OR c.state <> 'approved' OR v.published_at IS NOT NULL)
      INTO fixed
      FROM subsidies_policyversion v LEFT JOIN subsidies_policychange c ON c.id = v.change_id
     WHERE v.id = part.version_id;
    IF fixed THEN
        PERFORM portal_refuse('subsidies_version_fixed', 'what was agreed stays; a change is a new version');
    END IF;
    RETURN part;
END $$;
CREATE TRIGGER subsidies_standard_fixed BEFORE INSERT OR UPDATE OR DELETE ON subsidies_standard
    FOR EACH ROW EXECUTE FUNCTION subsidies_part_fixed();
CREATE TRIGGER subsidies_basis_fixed BEFORE INSERT OR UPDATE OR DELETE ON subsidies_basisdocument
    FOR EACH ROW EXECUTE FUNCTION subsidies_part_fixed();

-- --- Changes and their steps ----------------------------------------------------------------------------------------
CREATE FUNCTION subsidies_change_moves() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    today date := (portal_now() AT TIME ZONE 'Asia/Shanghai')::date;
    path jsonb;
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'draft' THEN
            PERFORM portal_refuse('subsidies_change_moves', 'a change begins as a draft');
        END IF;
        RETURN NEW;
    END IF;
    IF TG_OP = 'DELETE' THEN
        PERFORM portal_refuse('subsidies_change_frozen', 'a change stays on the record; a draft is withdrawn');
    END IF;
    IF NEW.state <> OLD.state AND (OLD.state, NEW.state) NOT IN (
        ('draft', 'review'), ('draft', 'withdrawn'), ('review', 'approved'), ('review', 'refused'),
        ('review', 'withdrawn'), ('approved', 'in_force')) THEN
        PERFORM portal_refuse('subsidies_change_moves', 'a change moves along its arrows');
    END IF;
    IF ROW(NEW.kind, NEW.department_id, NEW.rules, NEW.proposed_by_person_id)
        IS DISTINCT FROM ROW(OLD.kind, OLD.department_id, OLD.rules, OLD.proposed_by_person_id)
       OR (OLD.policy_id IS NOT NULL AND NEW.policy_id IS DISTINCT FROM OLD.policy_id)
       OR (OLD.applies_from IS NOT NULL AND NEW.applies_from IS DISTINCT FROM OLD.applies_from)
       OR (OLD.state <> 'draft' AND ROW(NEW.name, NEW.content, NEW.before, NEW.effective_from, NEW.reason)
        IS DISTINCT FROM ROW(OLD.name, OLD.content, OLD.before, OLD.effective_from, OLD.reason)) THEN
        PERFORM portal_refuse('subsidies_change_frozen', 'a change that is handed in is decided as it was handed in');
    END IF;
    IF NEW.state <> OLD.state AND NEW.state IN ('review', 'approved', 'in_force') THEN
        path := NEW.rules -> CASE NEW.kind WHEN 'add' THEN 'policy.addition' ELSE 'policy.change' END -> 'value';
        IF EXISTS (SELECT FROM jsonb_array_elements(path) AS step WHERE NOT EXISTS (
                SELECT FROM subsidies_policystep s WHERE s.change_id = NEW.id AND s.key = step->>'key'
                   AND s.office = step->>'office'))
           OR (NEW.state <> 'review' AND EXISTS (
                SELECT FROM subsidies_policystep s WHERE s.change_id = NEW.id AND s.outcome <> 'agreed')) THEN
            PERFORM portal_refuse('subsidies_change_every_step', 'nothing comes into force before every step agreed');
        END IF;
    END IF;
    IF (NEW.state = 'approved' AND OLD.state <> 'approved' AND NEW.applies_from < today)
       OR (NEW.state = 'in_force' AND OLD.state <> 'in_force' AND NEW.applies_from > today) THEN
        PERFORM portal_refuse('subsidies_change_on_its_day', 'a change applies from its day, never from before its approval');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER subsidies_change_moves BEFORE INSERT OR UPDATE OR DELETE ON subsidies_policychange
    FOR EACH ROW EXECUTE FUNCTION subsidies_change_moves();

CREATE TRIGGER subsidies_policystep_path BEFORE INSERT OR UPDATE OR DELETE ON subsidies_policystep
    FOR EACH ROW EXECUTE FUNCTION rulebook_path_step(
        'subsidies_policychange', 'change_id', 'proposed_by_person_id', 'draft', 'review');

CREATE FUNCTION subsidies_changedocument_fixed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    paper record := CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
BEGIN
    IF (SELECT state FROM subsidies_policychange WHERE id = paper.change_id) <> 'draft' THEN
        PERFORM portal_refuse('subsidies_change_frozen', 'what was handed in stays with the change');
    END IF;
    RETURN paper;
END $$;
CREATE TRIGGER subsidies_changedocument_fixed BEFORE INSERT OR UPDATE OR DELETE ON subsidies_changedocument
    FOR EACH ROW EXECUTE FUNCTION subsidies_changedocument_fixed();

-- --- Lists as published, and what went another way ------------------------------------------------------------------
CREATE FUNCTION subsidies_release_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM portal_refuse('subsidies_release_append_only', 'a list as published stays; a new one is a new release');
END $$;
CREATE TRIGGER subsidies_release_append_only BEFORE UPDATE OR DELETE ON subsidies_policylistrelease
    FOR EACH ROW EXECUTE FUNCTION subsidies_release_append_only();

CREATE FUNCTION subsidies_emergency_final() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    decision text[] := ARRAY['state', 'decided_by_id', 'decided_by_person_id', 'decided_at', 'opinion'];
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'entered' THEN
            PERFORM portal_refuse('subsidies_emergency_final', 'an entry begins unconfirmed');
        END IF;
        RETURN NEW;
    END IF;
    IF TG_OP = 'DELETE' OR OLD.state <> 'entered' OR to_jsonb(NEW) - decision IS DISTINCT FROM to_jsonb(OLD) - decision
    THEN
        PERFORM portal_refuse('subsidies_emergency_final', 'an entry is decided once, as it was entered');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER subsidies_emergency_final BEFORE INSERT OR UPDATE OR DELETE ON subsidies_emergencypayout
    FOR EACH ROW EXECUTE FUNCTION subsidies_emergency_final();

REVOKE UPDATE, DELETE, TRUNCATE ON subsidies_policylistrelease FROM portal_web;
REVOKE DELETE, TRUNCATE ON subsidies_policychange, subsidies_policystep, subsidies_emergencypayout,
    subsidies_policyversion FROM portal_web;
