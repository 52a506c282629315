"""A person who signs in."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **values: Any) -> User:
        """Create a person of the platform, who signs in with an e-mail address that the caller vouches for."""
        email = self.normalize_email(email).lower()
        user = self.model(login=email, email=email, **values)
        user.set_password(password)
        user.save(using=self._db)
        from allauth.account.models import EmailAddress  # its models need ours to be ready

        EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)
        return user

    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(login=(username or "").lower())


class User(AbstractBaseUser):
    """Either a person of the platform or of exactly one directory or provider; they never merge.

    `login` is the unique key: the lower-case e-mail of a platform person, `<directory id>:<entryUUID>` of a
    directory's, `<provider's key>:<SHA-256 of the subject>` of a provider's. E-mail addresses never link accounts.
    """

    login = models.CharField(max_length=254, unique=True)
    email = models.EmailField(blank=True)
    name = models.CharField(max_length=150, blank=True)
    directory = models.ForeignKey(
        "tenants.Directory", models.CASCADE, null=True, blank=True, related_name="people"
    )
    provider = models.ForeignKey(
        "tenants.IdentityProvider", models.CASCADE, null=True, blank=True, related_name="people"
    )
    #: What the directory or provider calls the person; shown, never a key.
    directory_login = models.CharField(max_length=254, blank=True)
    is_active = models.BooleanField(default=True)
    date_joined = models.DateTimeField(auto_now_add=True)

    objects = UserManager()
    USERNAME_FIELD = "login"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    def __str__(self) -> str:
        return self.name or self.directory_login or self.email

    @property
    def is_of_platform(self) -> bool:
        """Signs in here, by password or passkey; a tenant's directory or provider decides on everybody else."""
        return self.directory_id is None and self.provider_id is None

    def get_full_name(self) -> str:
        return str(self)
