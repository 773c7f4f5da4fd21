DROP TRIGGER audit_accessstep_in_order ON audit_accessstep;
DROP FUNCTION audit_accessstep_in_order();
CREATE TRIGGER audit_accessstep_path BEFORE INSERT OR UPDATE OR DELETE ON audit_accessstep
    FOR EACH ROW EXECUTE FUNCTION rulebook_path_step(
        'audit_accessrequest', 'request_id', 'filed_by_person_id', 'requested', 'requested');
