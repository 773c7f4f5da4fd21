-- A village's clerk asks for people of the own village, and only where the rules kept with the request let villages
-- enter accounts; for whom a request was made never changes, nor which unit made it (truth 5: the unit decides who checks).
CREATE FUNCTION households_account_change_unit() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
    asking accounts_organisation;
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF NEW.unit_id IS DISTINCT FROM OLD.unit_id THEN
            PERFORM portal_refuse('households_account_change_frozen', 'which unit asked does not change');
        END IF;
        RETURN NEW;
    END IF;
    IF NEW.unit_id IS NULL THEN
        RETURN NEW;
    END IF;
    SELECT * INTO STRICT asking FROM accounts_organisation WHERE id = NEW.unit_id;
    IF asking.kind = 'school' THEN
        RETURN NEW;
    END IF;
    IF asking.kind <> 'village' OR coalesce((NEW.rules #>> '{village.entry,value}')::boolean, false) IS NOT TRUE
       OR asking.division_id IS DISTINCT FROM (
              SELECT h.village_id FROM households_person p JOIN households_household h ON h.id = p.household_id
               WHERE p.id = NEW.person_id) THEN
        PERFORM portal_refuse('households_account_change_unit', 'this office does not ask for this person''s account');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER households_account_change_unit BEFORE INSERT OR UPDATE ON households_accountchange
    FOR EACH ROW EXECUTE FUNCTION households_account_change_unit();
