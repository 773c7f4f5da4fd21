-- A revision of a column template is never changed: policy versions and the rosters made under them rest on it.
CREATE FUNCTION subsidies_template_kept() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    PERFORM portal_refuse('subsidies_template_kept', 'a template is changed by a further revision');
    RETURN NULL;
END $$;
CREATE TRIGGER subsidies_template_kept BEFORE UPDATE OR DELETE ON subsidies_columntemplate
    FOR EACH ROW EXECUTE FUNCTION subsidies_template_kept();
REVOKE DELETE, TRUNCATE ON subsidies_columntemplate FROM portal_web;
