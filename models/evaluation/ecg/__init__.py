"""ECG: data sets, what is known of them, scoring, tables."""
