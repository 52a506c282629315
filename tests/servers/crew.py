"""The directory that the tests know, written anew for a machine without the shared test data."""

from __future__ import annotations

from pathlib import Path

BASE = "dc=planetexpress,dc=com"
# login: (name, surname, unit, further mail addresses); a login is its own password, as in the shared tree.
CREW = {
    "bender": ("Bender Bending Rodriguez", "Rodriguez", "Delivering Crew", ()),
    "fry": ("Philip J. Fry", "Fry", "Delivering Crew", ()),
    "hermes": ("Hermes Conrad", "Conrad", "Office Management", ()),
    "leela": ("Turanga Leela", "Turanga", "Delivering Crew", ()),
    "professor": ("Hubert J. Farnsworth", "Farnsworth", "Office Management", ("hubert",)),
    "zoidberg": ("John A. Zoidberg", "Zoidberg", "Staff", ()),
}
GROUPS = {"admin_staff": ("professor", "hermes"), "ship_crew": ("fry", "leela", "bender")}
PERSON = ("top", "person", "organizationalPerson", "inetOrgPerson")


def write_tree(path: Path) -> Path:
    """Write the LDIF; two of its names need care: a cn of two parts, and a person with two addresses."""
    people = [_person(f"cn={name}", login, name, *rest) for login, (name, *rest) in CREW.items()]
    amy = _person("cn=Amy Wong+sn=Kroker", "amy", "Amy Wong", "Kroker", "Intern", ())
    top = [
        _entry(BASE, objectClass=("top", "dcObject", "organization"), dc=("planetexpress",), o=("Planet",)),
        _entry(f"ou=people,{BASE}", objectClass=("top", "organizationalUnit"), ou=("people",)),
    ]
    path.write_text("\n".join([*top, *people, amy, *map(_group, GROUPS)]))
    return path


def _person(rdn: str, login: str, name: str, surname: str, unit: str, others: tuple[str, ...]) -> str:
    mail = tuple(f"{each}@planetexpress.com" for each in (login, *others))
    return _entry(
        f"{rdn},ou=people,{BASE}", objectClass=PERSON, cn=(name,), sn=(surname,), ou=(unit,), uid=(login,),
        givenName=(name.partition(" ")[0],), displayName=(login.capitalize(),), mail=mail, userPassword=(login,),
    )  # fmt: skip


def _group(name: str) -> str:
    members = tuple(f"cn={CREW[login][0]},ou=people,{BASE}" for login in GROUPS[name])
    return _entry(
        f"cn={name},ou=people,{BASE}", objectClass=("top", "groupOfNames"), cn=(name,), member=members
    )


def _entry(dn: str, **attributes: tuple[str, ...]) -> str:
    lines = [f"{name}: {value}" for name, values in attributes.items() for value in values]
    return "\n".join([f"dn: {dn}", *lines, ""])
