"""Inputs of people who mean harm, or whose programs do."""
