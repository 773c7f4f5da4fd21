-- What the parts of a name cost to make: the planner is not to make them for every row where an index holds them, nor to
-- start helpers for the few long names.
ALTER FUNCTION households_name_parts(text) COST 1000 PARALLEL RESTRICTED;
