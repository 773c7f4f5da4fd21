-- Names are found by any part. Chinese names have two or three characters, and people type one or two of them: too
-- short for trigrams, which would then look at every name. So every part of one to three characters is a key.
CREATE FUNCTION households_name_parts(name text) RETURNS text[] LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT coalesce(array_agg(DISTINCT substr(name, start, size)), '{}')
      FROM generate_series(1, length(name)) start, generate_series(1, least(3, length(name) - start + 1)) size
$$;
