"""Measuring one run: trigger, observation, verified output, meters, and the round around it."""
