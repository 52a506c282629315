"""``/etc/passwd`` and ``/etc/group`` from what packages and people ask for; nobody has a shell or a password."""

from collections.abc import Iterable
from dataclasses import dataclass

from builds.engine.errors import EngineError
from builds.engine.spec.values import GroupAccount, UserAccount

NOLOGIN = "/usr/sbin/nologin"
USERS = (
    UserAccount("root", 0, 0, "/root", "root"),
    UserAccount("nobody", 65534, 65534, "/nonexistent", "nobody"),
    UserAccount("nonroot", 65532, 65532, "/home/nonroot", "nonroot"),
)
GROUPS = (
    GroupAccount("root", 0), GroupAccount("adm", 4), GroupAccount("tty", 5), GroupAccount("mail", 8),
    GroupAccount("shadow", 42), GroupAccount("utmp", 43), GroupAccount("staff", 50), GroupAccount("nogroup", 65534),
    GroupAccount("nonroot", 65532),
)  # fmt: skip


class UnknownUserError(EngineError):
    """A user or group that the image does not have."""

    code = "user-unknown"
    sentence = "The image is to run as {name}, but has no such {kind}."


class AccountClashError(EngineError):
    """Two accounts with one number."""

    code = "account-clash"
    sentence = "The accounts {first} and {second} have the same number {number}."


@dataclass(frozen=True, slots=True)
class Accounts:
    """All accounts of an image, by name; later ones replace earlier ones of the same name."""

    users: dict[str, UserAccount]
    groups: dict[str, GroupAccount]

    @property
    def passwd(self) -> str:
        ordered = sorted(self.users.values(), key=lambda user: (user.uid, user.name))
        return "".join(f"{u.name}:x:{u.uid}:{u.gid}:{u.comment}:{u.home}:{NOLOGIN}\n" for u in ordered)

    @property
    def group(self) -> str:
        ordered = sorted(self.groups.values(), key=lambda group: (group.gid, group.name))
        return "".join(f"{g.name}:x:{g.gid}:{','.join(g.members)}\n" for g in ordered)

    def numeric(self, user: str) -> str:
        """Return ``uid:gid`` for what a spec calls the user, so that a cluster can see it is not root.

        :raises UnknownUserError: when a name is not among the accounts
        """
        name, _, group = user.partition(":")
        account = self.users.get(name) or next((u for u in self.users.values() if str(u.uid) == name), None)
        if account is None and not name.isdigit():
            raise UnknownUserError(name=name, kind="user")
        uid = account.uid if account else int(name)
        if group.isdigit():
            return f"{uid}:{int(group)}"
        if group and group not in self.groups:
            raise UnknownUserError(name=group, kind="group")
        gid = self.groups[group].gid if group else (account.gid if account else uid)
        return f"{uid}:{gid}"


def collect(users: Iterable[UserAccount], groups: Iterable[GroupAccount]) -> Accounts:
    """Join built-in accounts with those of packages and people; a user without its group gets one.

    :raises AccountClashError: when two names share a number
    """
    named = {user.name: user for user in [*USERS, *users]}
    grouped = {group.name: group for group in [*GROUPS, *groups]}
    numbers = {group.gid for group in grouped.values()}
    for user in named.values():
        if user.gid not in numbers and user.name not in grouped:
            grouped[user.name] = GroupAccount(user.name, user.gid)
            numbers.add(user.gid)
    _refuse_clash([(user.uid, user.name) for user in named.values()])
    _refuse_clash([(group.gid, group.name) for group in grouped.values()])
    return Accounts(named, grouped)


def _refuse_clash(accounts: list[tuple[int, str]]) -> None:
    seen: dict[int, str] = {}
    for number, name in accounts:
        if seen.setdefault(number, name) != name:
            raise AccountClashError(first=seen[number], second=name, number=number)
