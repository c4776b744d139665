"""Motion from its parts: attitude, gait, impacts, falls."""
