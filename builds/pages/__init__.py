"""Pages of builds: the wizard, golden images, builds. Each view parses, asks one rule and renders."""
