"""Pages of the base register: the list, a household, imports, account changes."""
