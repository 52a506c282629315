"""The platform's own Helm charts: written here, packaged the same way each time, stored as OCI artifacts."""
