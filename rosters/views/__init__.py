"""Pages of rosters: the list, one roster, its making, its import, its decisions."""
