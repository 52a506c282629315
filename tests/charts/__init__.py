"""Our own charts, installed by helm on a real one-node Kubernetes, from a tenant's host."""

#: Variables for the portal's process: index digests by image name as JSON, and the engine's store that holds them.
IMAGES, STORE = "CHART_IMAGES", "CHART_STORE"
