-- The money goes to the payee's own account and to nobody else's (PAY-8); the draft of a batch gives its lines back.

-- To the payee's own account and to nobody else's (PAY-8); cash has no account at all.
CREATE FUNCTION disbursement_payment_to_payee() RETURNS trigger
LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
    wrong boolean;
BEGIN
    EXECUTE 'SELECT EXISTS (SELECT 1 FROM fresh f JOIN rosters_rosterline l ON l.id = f.line_id
           JOIN disbursement_batch b ON b.id = f.batch_id
         WHERE f.payee_id IS DISTINCT FROM l.payee_id
            OR l.cash IS DISTINCT FROM (b.method = ''cash'')
            OR (b.method = ''cash'' AND (f.account_digest <> '''' OR f.account_cipher <> '''' OR f.account_tail <> ''''))
            OR (b.method <> ''cash'' AND
                NOT EXISTS (SELECT 1 FROM households_bankaccount a
                             WHERE a.number_digest = f.account_digest AND a.person_id = f.payee_id)))' INTO wrong;
    IF wrong THEN
        PERFORM portal_refuse('disbursement_payment_own_account',
            'a payment goes to an account of the payee who stands in the roster');
    END IF;
    EXECUTE 'SELECT EXISTS (SELECT 1 FROM fresh f JOIN rosters_rosterline l ON l.id = f.line_id
         WHERE f.attempt = 1 AND NOT l.cash AND f.account_digest IS DISTINCT FROM l.account_digest)' INTO wrong;
    IF wrong THEN
        PERFORM portal_refuse('disbursement_payment_signed_account', 'the first attempt goes to the account that was signed');
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER disbursement_payment_to_payee AFTER INSERT ON disbursement_payment REFERENCING NEW TABLE AS fresh
    FOR EACH STATEMENT EXECUTE FUNCTION disbursement_payment_to_payee();

-- A payment that was cancelled with its draft leaves with its line; every other payment stays.
CREATE FUNCTION disbursement_payment_kept() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    IF OLD.status <> 'cancelled' THEN
        PERFORM portal_refuse('disbursement_payment_kept', 'this row stays as it is');
    END IF;
    RETURN OLD;
END $$;
CREATE TRIGGER disbursement_payment_kept BEFORE DELETE ON disbursement_payment
    FOR EACH ROW EXECUTE FUNCTION disbursement_payment_kept();

CREATE FUNCTION disbursement_line_gone() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
    EXECUTE 'DELETE FROM disbursement_payment p USING gone WHERE p.line_id = gone.id AND p.status = ''cancelled''';
    RETURN NULL;
END $$;
CREATE TRIGGER disbursement_line_gone AFTER DELETE ON rosters_rosterline REFERENCING OLD TABLE AS gone
    FOR EACH STATEMENT EXECUTE FUNCTION disbursement_line_gone();

-- Where a bank's lines lie while they are compared with the payments; empty again when the transaction ends.
CREATE UNLOGGED TABLE disbursement_resultstaging (
    token      uuid        NOT NULL,
    row        integer     NOT NULL,
    number     integer     NOT NULL,
    detail     bigint      NOT NULL,
    tail       text        NOT NULL,
    digest     bytea,
    amount_fen bigint      NOT NULL,
    state      text        NOT NULL,
    code       text        NOT NULL,
    reason     text        NOT NULL,
    message    text        NOT NULL,
    settled_at timestamptz,
    reference  text        NOT NULL
);
CREATE INDEX disbursement_resultstaging_token ON disbursement_resultstaging (token);
