"""`make soak`: scenarios that are drawn, run until the time is over, and reduced where one fails."""
