"""Shared parts without models: money, identifiers, crypto, masking, fingerprints, spreadsheets, refusals."""
