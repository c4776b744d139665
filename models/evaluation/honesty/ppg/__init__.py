"""Light from its parts: pulse waves, breath, perfusion, saturation."""
