"""costtui."""
