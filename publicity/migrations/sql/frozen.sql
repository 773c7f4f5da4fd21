-- What was posted stays as it was posted (design, truth 4).

CREATE FUNCTION publicity_notice_guard() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        PERFORM portal_refuse('publicity_notice_frozen', 'a notice is withdrawn, never deleted');
    END IF;
    IF OLD.state <> NEW.state AND (OLD.state, NEW.state) NOT IN
        (('posted', 'ended'), ('posted', 'withdrawn'), ('ended', 'withdrawn')) THEN
        PERFORM portal_refuse('publicity_notice_arrows', format('no arrow from %s to %s', OLD.state, NEW.state));
    END IF;
    IF NEW.state = 'ended' AND OLD.state <> 'ended' AND portal_now() < NEW.ends_at THEN
        PERFORM portal_refuse('publicity_notice_early', 'a notice does not end before its time');
    END IF;
    IF (to_jsonb(NEW) - 'state' - 'sealed' - 'withdrawn_at' - 'withdrawn_reason')
       IS DISTINCT FROM (to_jsonb(OLD) - 'state' - 'sealed' - 'withdrawn_at' - 'withdrawn_reason')
       OR (OLD.sealed AND NOT NEW.sealed) THEN
        PERFORM portal_refuse('publicity_notice_frozen', 'a posted notice does not change');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER publicity_notice_guard BEFORE UPDATE OR DELETE ON publicity_notice
    FOR EACH ROW EXECUTE FUNCTION publicity_notice_guard();

-- At commit a notice is whole: sealed, and its header equals its lines.
CREATE FUNCTION publicity_notice_whole() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
    notice publicity_notice;
    lines bigint;
    fen numeric;
BEGIN
    SELECT * INTO STRICT notice FROM publicity_notice WHERE id = NEW.id;
    SELECT count(*), coalesce(sum(amount_fen), 0) INTO lines, fen FROM publicity_noticeline WHERE notice_id = NEW.id;
    IF NOT notice.sealed OR notice.line_count <> lines OR notice.total_fen <> fen THEN
        PERFORM portal_refuse('publicity_notice_whole', 'a notice is posted whole');
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER publicity_notice_whole AFTER INSERT ON publicity_notice
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION publicity_notice_whole();

CREATE FUNCTION publicity_noticeline_inserted() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
    broken boolean;
BEGIN
    EXECUTE $check$SELECT EXISTS (SELECT 1 FROM (SELECT DISTINCT notice_id FROM fresh) f JOIN publicity_notice n ON n.id = f.notice_id
                WHERE n.sealed)$check$ INTO broken;
    IF broken THEN
        PERFORM portal_refuse('publicity_noticeline_frozen', 'no line enters a posted notice');
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER publicity_noticeline_inserted AFTER INSERT ON publicity_noticeline REFERENCING NEW TABLE AS fresh
    FOR EACH STATEMENT EXECUTE FUNCTION publicity_noticeline_inserted();

CREATE FUNCTION publicity_noticeline_frozen() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    PERFORM portal_refuse('publicity_noticeline_frozen', 'a line of a notice does not change');
    RETURN NULL;
END $$;
CREATE TRIGGER publicity_noticeline_frozen BEFORE UPDATE OR DELETE ON publicity_noticeline
    FOR EACH ROW EXECUTE FUNCTION publicity_noticeline_frozen();

REVOKE UPDATE, DELETE, TRUNCATE ON publicity_noticeline FROM portal_web;
REVOKE DELETE, TRUNCATE ON publicity_notice FROM portal_web;
