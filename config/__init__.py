"""Composition only: settings, addresses, workers and the mapping of refusals to answers."""

from config.celery import app as celery_app

__all__ = ["celery_app"]
