-- Where rows of an import lie between reading and taking in. Unlogged: after a crash it is empty and the file is read
-- again. The columns up to `row_errors` are those of the COPY file (households.imports.columns), in its order; rows
-- learn their import from the transaction's setting `portal.register_import`.
CREATE UNLOGGED TABLE households_stagedrow (
    excel_row integer NOT NULL,
    household_code text,
    head_name text,
    head_id_cipher bytea,
    head_id_digest bytea,
    head_id_birth date,
    head_id_sex text,
    name text,
    member_id_cipher bytea,
    member_id_digest bytea,
    member_id_birth date,
    member_id_sex text,
    village text,
    villagers_group text,
    relation text,
    phone_cipher bytea,
    phone_digest bytea,
    address text,
    bank_name text,
    account_cipher bytea,
    account_digest bytea,
    account_tail text,
    contracted_mu numeric,
    subsidised_mu numeric,
    row_errors integer NOT NULL DEFAULT 0,
    import_id bigint NOT NULL DEFAULT current_setting('portal.register_import')::bigint,
    village_id bigint,
    -- The household in the register to which the row's head already belongs.
    household_id bigint,
    bad boolean NOT NULL DEFAULT false,
    -- What an import may bring of the household's means of production.
    planted_mu numeric,
    grassland_mu numeric,
    forest_mu numeric,
    livestock numeric,
    livestock_kind text,
    machine_name text,
    machine_number text,
    PRIMARY KEY (import_id, excel_row)
);

-- A village's name without the committee behind it, however it was shortened: 红旗嘎查村民委员会, 红旗嘎查委会 → 红旗嘎查.
CREATE FUNCTION households_village_name(name text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT regexp_replace(regexp_replace(regexp_replace(replace(name, ' ', ''),
        '(村民委员会|村民委会|村委员会|村委会)$', '村'),
        '(居民委员会|居民委会|居委会|民委员会|委员会|委会)$', ''),
        '(?<=村|嘎查|社区)村$', '')
$$;

-- And without the word for its kind, so that 红旗村 finds 红旗嘎查 where no other 红旗 is.
CREATE FUNCTION households_village_stem(name text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT coalesce(nullif(regexp_replace(households_village_name(name), '(嘎查|社区|村)$', ''), ''), name)
$$;
