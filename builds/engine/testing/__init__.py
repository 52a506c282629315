"""Makers of real input for tests and races; no part of a build. They write formats to the letter."""
