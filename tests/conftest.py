"""What holds for all tests."""

from hypothesis import HealthCheck, settings

# A slow machine is no failure: examples have no deadline, and may take their time to be made.
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")
