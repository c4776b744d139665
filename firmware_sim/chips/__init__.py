"""Register-level models of the sensors, behind the simulated buses."""
