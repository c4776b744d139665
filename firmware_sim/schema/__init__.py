"""The wire, once: wire.toml and the generators of both codecs and the protocol page."""
