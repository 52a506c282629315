"""Floor 3: how images are made. Recipes, orders, workers, signing and publishing."""
