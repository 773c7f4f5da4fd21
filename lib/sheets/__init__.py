"""Spreadsheets in and out: safety scan, parsing in a child process, templates, reports, streamed exports.

Import from the modules: ``lib.sheets.scan``, ``lib.sheets.parse`` and ``lib.sheets.write``.
"""
