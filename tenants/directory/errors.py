"""What can go wrong with a directory, in words for the people who set it up."""

from __future__ import annotations


class DirectoryTrouble(Exception):
    """A directory could not answer; `code` is stable, the message is for people."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class SignInRefused(Exception):
    """The directory answered, and the answer is no. The visitor is never told which part was wrong."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
