"""Commands of the simulator, found by the vitalband command line."""
