"""What is right: expectations, each of which finds faults in a result."""
