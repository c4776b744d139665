"""What is not about one signal: choosing, running and reporting, and the base of data sets."""
