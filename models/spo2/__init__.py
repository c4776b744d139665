"""SpO2 from the ratio of ratios: calibration curves as data, and `vitalband calibrate spo2`."""
