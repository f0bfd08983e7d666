"""Numbers from samples: medians, intervals, ratios, and simulations of what they can see."""
