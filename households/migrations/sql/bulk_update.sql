-- Where rows of an update lie between reading and checking; unlogged, as those of an import are.
CREATE UNLOGGED TABLE households_stagedupdate (
    excel_row integer NOT NULL,
    person_key bigint,
    id_number_digest bytea,
    id_number_birth date,
    id_number_sex text,
    name text,
    phone_cipher bytea,
    phone_digest bytea,
    address text,
    villagers_group text,
    contracted_mu numeric,
    subsidised_mu numeric,
    bank_name text,
    account_cipher bytea,
    account_digest bytea,
    account_tail text,
    row_errors integer NOT NULL DEFAULT 0,
    import_id bigint NOT NULL DEFAULT current_setting('portal.register_import')::bigint,
    person_id bigint,
    household_id bigint,
    PRIMARY KEY (import_id, excel_row)
);

-- What an update says is its paper: it is written while the file is checked, and never changes after its request.
CREATE FUNCTION households_update_row_guard() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
    broken boolean;
BEGIN
    EXECUTE 'SELECT EXISTS (SELECT FROM households_registerimport i
              WHERE i.id IN (SELECT DISTINCT batch_id FROM touched)
                AND (i.purpose <> ''update'' OR i.state NOT IN (''checking'', ''ready'', ''dropped'')))' INTO broken;
    IF broken THEN
        PERFORM portal_refuse('households_update_row_frozen', 'what an update changes stands with its request');
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER households_update_row_added AFTER INSERT ON households_registerupdaterow REFERENCING NEW TABLE AS touched
    FOR EACH STATEMENT EXECUTE FUNCTION households_update_row_guard();
CREATE TRIGGER households_update_row_removed AFTER DELETE ON households_registerupdaterow REFERENCING OLD TABLE AS touched
    FOR EACH STATEMENT EXECUTE FUNCTION households_update_row_guard();
REVOKE UPDATE, TRUNCATE ON households_registerupdaterow FROM portal_web;
