"""What costtui costs, measured as ratios on one machine in one run."""
