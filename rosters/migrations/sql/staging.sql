-- Rows of an import between COPY and the clerk's word. Unlogged: after a crash it is empty, and taking in refuses.
-- COPY brings the parser's columns; the batch comes from a setting of the copying transaction.
CREATE UNLOGGED TABLE rosters_stagedline (
    batch_id bigint NOT NULL DEFAULT nullif(current_setting('portal.import_batch', true), '')::bigint,
    excel_row integer NOT NULL,
    serial text,
    village text,
    group_no text,
    name text,
    id_number_cipher bytea,
    id_number_digest bytea,
    id_number_birth date,
    id_number_sex text,
    quantity numeric,
    tier text,
    unit_fen bigint,
    amount_fen bigint,
    basis text,
    remark text,
    row_errors integer NOT NULL,
    person_id bigint,
    village_id bigint,
    holder text,
    standard_id bigint,
    line_fen bigint,
    PRIMARY KEY (batch_id, excel_row)
);
