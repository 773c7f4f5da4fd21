"""Sets up, starts and stops everything on one machine.

`environment` and what it imports use the standard library only: they run before anything is installed.
"""
