"""Normal, supraventricular or ventricular: the kind of one heart beat."""
