"""Floor 4: wires the house (settings, addresses, health). Owns no model and no rule."""

from portal.celery import app as celery_app

__all__ = ["celery_app"]
