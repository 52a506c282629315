"""Pages of the platform's admins, on the portal host only. A platform role gives no rights inside a tenant."""
