CREATE FUNCTION households_import_guard() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        PERFORM portal_refuse('households_import_kept', 'an import stays for the record');
    END IF;
    IF OLD.state <> NEW.state AND (OLD.state, NEW.state) NOT IN (
        ('checking', 'ready'), ('checking', 'dropped'), ('checking', 'unreadable'), ('ready', 'checking'),
        ('ready', 'taken_in'), ('ready', 'dropped'), ('ready', 'submitted'), ('taken_in', 'undone'))
       OR NEW.state IN ('taken_in', 'undone') AND NEW.purpose = 'update'
       OR NEW.state = 'submitted' AND NEW.purpose <> 'update' THEN
        PERFORM portal_refuse('households_import_arrows', format('no arrow from %s to %s', OLD.state, NEW.state));
    END IF;
    IF ROW(NEW.township_id, NEW.purpose, NEW.file_id, NEW.certificate_id, NEW.made_by_id, NEW.made_at) IS DISTINCT FROM
       ROW(OLD.township_id, OLD.purpose, OLD.file_id, OLD.certificate_id, OLD.made_by_id, OLD.made_at)
       OR OLD.state = 'taken_in' AND ROW(NEW.accepted_by_id, NEW.taken_in_at, NEW.history_after, NEW.history_until)
       IS DISTINCT FROM ROW(OLD.accepted_by_id, OLD.taken_in_at, OLD.history_after, OLD.history_until) THEN
        PERFORM portal_refuse('households_import_frozen', 'whose file it is, and who took it in, does not change');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER households_import_guard BEFORE UPDATE OR DELETE ON households_registerimport
    FOR EACH ROW EXECUTE FUNCTION households_import_guard();

CREATE FUNCTION households_import_undone() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
    left_over boolean;
BEGIN
    EXECUTE 'SELECT EXISTS (
        SELECT FROM households_registerhistory h
         WHERE h.id > $1 AND h.id <= $2 AND h.act = ''add'' AND h.paper_type = ''households.registerimport''
           AND h.paper_id = $3 AND (
               h.subject = ''household'' AND EXISTS (SELECT FROM households_household r WHERE r.id = h.subject_id)
            OR h.subject = ''person'' AND EXISTS (SELECT FROM households_person r WHERE r.id = h.subject_id)
            OR h.subject = ''account'' AND EXISTS (SELECT FROM households_bankaccount r WHERE r.id = h.subject_id)))'
       INTO left_over USING NEW.history_after, NEW.history_until, NEW.id;
    IF left_over THEN
        PERFORM portal_refuse('households_import_undone', 'what was undone has left nothing in the register');
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER households_import_undone AFTER UPDATE ON households_registerimport
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.state = 'undone' AND OLD.state <> 'undone')
    EXECUTE FUNCTION households_import_undone();
REVOKE DELETE, TRUNCATE ON households_registerimport FROM portal_web;
