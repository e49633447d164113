"""What Marl, the sample shop, has on its shelf: data only, written by the seed command through the shop's own verbs."""
