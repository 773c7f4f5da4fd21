-- The steps of a paper on its way through the offices (rulebook.models.PathStep): laid once, decided one after the
-- other, by others than who made the paper. Arguments: the paper's table, the step's column that points to it, the
-- paper's column with its maker, the state in which its way is laid and the one in which it is decided.
CREATE FUNCTION rulebook_path_step() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
    paper_id bigint := to_jsonb(NEW) ->> TG_ARGV[1];
    paper jsonb;
    waits_before boolean;
    laid text[] := ARRAY['outcome', 'decided_by_id', 'decided_by_person_id', 'decided_at', 'opinion',
                         'document_number', 'document_on', 'issuing_office', 'file_id'];
BEGIN
    IF TG_OP = 'DELETE' THEN
        PERFORM portal_refuse(TG_TABLE_NAME || '_final', 'a step is never left out');
    END IF;
    EXECUTE format('SELECT to_jsonb(p) FROM %I p WHERE p.id = $1', TG_ARGV[0]) INTO STRICT paper USING paper_id;
    IF TG_OP = 'INSERT' THEN
        EXECUTE format('SELECT EXISTS (SELECT FROM %I s WHERE s.%I = $1 AND s.outcome <> '''')',
                       TG_TABLE_NAME, TG_ARGV[1]) INTO waits_before USING paper_id;
        IF paper ->> 'state' <> TG_ARGV[3] OR NEW.outcome <> '' OR waits_before THEN
            PERFORM portal_refuse(TG_TABLE_NAME || '_final', 'the way of a paper is laid when it is made');
        END IF;
        RETURN NEW;
    END IF;
    IF OLD.outcome <> '' OR to_jsonb(NEW) - laid IS DISTINCT FROM to_jsonb(OLD) - laid THEN
        PERFORM portal_refuse(TG_TABLE_NAME || '_final', 'a step is decided once, as it was laid');
    END IF;
    EXECUTE format('SELECT EXISTS (SELECT FROM %I s WHERE s.%I = $1 AND s.number < $2 AND s.outcome <> ''agreed'')',
                   TG_TABLE_NAME, TG_ARGV[1]) INTO waits_before USING paper_id, NEW.number;
    IF paper ->> 'state' <> TG_ARGV[4] OR waits_before THEN
        PERFORM portal_refuse(TG_TABLE_NAME || '_in_order', 'a step is decided after those before it');
    END IF;
    IF NEW.decided_by_person_id = (paper ->> TG_ARGV[2])::bigint THEN
        PERFORM portal_refuse(TG_TABLE_NAME || '_two_people', 'who made a paper does not decide on it');
    END IF;
    RETURN NEW;
END $$;
