"""公安联网核查: comparing the register's people with the police register, by files or by a connection (REG-4)."""
