"""Motion from its parts: attitude, gait, blows, falls."""
