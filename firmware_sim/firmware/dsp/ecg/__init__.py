"""ECG: from counts to beats, intervals and rhythm."""
