"""The base register from Excel (REG-6): file → child process → staging → checks in SQL → preview → one transaction.

`services` for people (begin, accept, drop, recheck), `staging` for whoever brings a COPY file of its own, `job` for the
worker, `reports` for what goes back as Excel.
"""
