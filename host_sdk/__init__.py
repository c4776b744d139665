"""The host's side: transports, client, recording, command line."""
