"""ECG from its parts: waves with known ends, shapes, rhythms with P and QRS of their own, disturbances."""
