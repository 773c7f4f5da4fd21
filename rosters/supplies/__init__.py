"""Lists that come from elsewhere (ZLT§19): a department's own for all townships, or one that another system sends.

Rows are sorted to townships by the register; each township takes its part into a roster like a file, with the same
preview and checks, and both sides see what became of it.
"""
