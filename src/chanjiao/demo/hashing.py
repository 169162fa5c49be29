"""Password hashes for the build: the demonstration's password is printed, so speed is all."""

from django.contrib.auth.hashers import Argon2PasswordHasher


class QuickArgon2(Argon2PasswordHasher):
    """Argon2 with the least work. The ordinary hasher reads it, and replaces it at first sign-in."""

    time_cost = 1
    memory_cost = 64
    parallelism = 1
