"""Floor 2: what we offer and know. Images, version streams, releases, charts and entitlements."""
