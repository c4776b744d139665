"""Tables and plots of ECG figures."""
