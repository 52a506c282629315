"""The JSON doors of golden images and builds: parse, ask one rule, render."""
