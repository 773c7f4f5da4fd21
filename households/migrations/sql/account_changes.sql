-- A change of an account is asked for once and answered once; whose it is and who asked never changes (truths 5 and 7).
CREATE FUNCTION households_account_change_guard() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        PERFORM portal_refuse('households_account_change_kept', 'a request to change an account is never deleted');
    END IF;
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'submitted' THEN
            PERFORM portal_refuse('households_account_change_arrows', 'a change begins by being asked for');
        END IF;
        RETURN NEW;
    END IF;
    IF OLD.state <> 'submitted' THEN
        PERFORM portal_refuse('households_account_change_arrows', 'a change that was answered stays as it is');
    END IF;
    IF ROW(NEW.person_id, NEW.kind, NEW.bank_name, NEW.number_digest, NEW.made_by_id, NEW.made_by_person_id, NEW.made_at)
       IS DISTINCT FROM
       ROW(OLD.person_id, OLD.kind, OLD.bank_name, OLD.number_digest, OLD.made_by_id, OLD.made_by_person_id, OLD.made_at) THEN
        PERFORM portal_refuse('households_account_change_frozen', 'what was asked for, and by whom, does not change');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER households_account_change_guard BEFORE INSERT OR UPDATE OR DELETE ON households_accountchange
    FOR EACH ROW EXECUTE FUNCTION households_account_change_guard();
REVOKE DELETE, TRUNCATE ON households_accountchange FROM portal_web;
