"""Floor 1: what is stored and pulled. Repositories, tags, manifests, blobs and the OCI API."""
