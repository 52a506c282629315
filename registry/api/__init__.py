"""The JSON door to repositories, tags and pins: parse, one rule, render."""
