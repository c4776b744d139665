"""Motion: from acceleration and rotation to events, activity and posture."""
