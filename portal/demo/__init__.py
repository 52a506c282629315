"""The embedded default: every process of the product on one machine, kept running by one supervisor.

Not in charge of production, where an init system or an orchestrator does this (see `deploy/`).
"""
