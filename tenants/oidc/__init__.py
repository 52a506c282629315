"""Sign-in through a tenant's OpenID Connect providers, by django-allauth's client."""
