-- A village's clerk is held by a village committee, and a village committee holds no other post.
CREATE FUNCTION accounts_post_of_village() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    IF (NEW.role = 'village_clerk')
       <> (SELECT kind = 'village' FROM accounts_organisation WHERE id = NEW.organisation_id) THEN
        PERFORM portal_refuse('accounts_post_of_village', format('%s cannot be held there', NEW.role));
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER accounts_post_of_village BEFORE INSERT OR UPDATE OF role, organisation_id ON accounts_post
    FOR EACH ROW EXECUTE FUNCTION accounts_post_of_village();
