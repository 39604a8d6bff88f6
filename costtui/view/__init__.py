"""Pure functions from totals and facts to what a screen, a report or the JSON output shows."""
