DROP TRIGGER subsidies_step_in_order ON subsidies_policystep;
DROP FUNCTION subsidies_step_in_order();
CREATE TRIGGER subsidies_policystep_path BEFORE INSERT OR UPDATE OR DELETE ON subsidies_policystep
    FOR EACH ROW EXECUTE FUNCTION rulebook_path_step(
        'subsidies_policychange', 'change_id', 'proposed_by_person_id', 'draft', 'review');
