"""Changes of the register by request, kind by kind: what may be asked for, and what comes of it."""
