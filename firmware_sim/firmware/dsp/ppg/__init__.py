"""PPG: from photocurrents to pulse, SpO2 and respiration."""
