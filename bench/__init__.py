"""Measurements of the product as its users feel it. Never part of the tests."""
