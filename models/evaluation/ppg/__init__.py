"""PPG: pulse, respiration, SpO2."""
