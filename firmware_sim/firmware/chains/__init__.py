"""From driver to results: one file a sensor."""
