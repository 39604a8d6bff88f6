"""Alerts: rules as data, one firing per episode, and delivery that never gets in the way."""
