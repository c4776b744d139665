"""The log on the NOR flash: what is kept while nobody is connected."""
