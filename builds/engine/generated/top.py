"""The top layer: what is an image's own. Generated pieces, a customer's files, directories put right again.

It never alters a layer below; it only lies on top of them.
"""

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field

from builds.engine.contents import PathConflictError
from builds.engine.fragments import Fragment
from builds.engine.generated.accounts import Accounts, collect
from builds.engine.generated.trust import BUNDLE, JAVA_STORE, bundle, java_store
from builds.engine.layers import Layer, join_directories
from builds.engine.recipes import PackageRecipe
from builds.engine.removal import restored, whiteouts
from builds.engine.spec.values import Spec
from builds.engine.tar import DIRECTORY, FILE, SYMLINK, TarEntry

# Debian's multiarch tuples (dpkg-architecture, DEB_HOST_MULTIARCH).
TRIPLETS = {"amd64": "x86_64-linux-gnu", "arm64": "aarch64-linux-gnu"}
Entries = dict[str, tuple[TarEntry, bytes]]


@dataclass(frozen=True, slots=True)
class Below:
    """What lies below the top layer: who owns each leaf, and what each directory should be.

    ``gone`` are the base's packages that are removed: their files still lie there, and count for nothing.
    """

    leaves: Mapping[str, str]
    directories: Mapping[str, TarEntry]
    architecture: str
    gone: Mapping[str, Fragment] = field(default_factory=dict)

    @property
    def lost(self) -> dict[str, str]:
        """Leaves of the removed packages."""
        return {leaf[0]: fragment.package for fragment in self.gone.values() for leaf in fragment.leaves}


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the generated pieces of one image follow from.

    :param specs: the image's own spec, after those of its bases
    :param public: the bundle of public authorities; empty when the image has none
    :param database: the files of the database of packages, where the format has one for the whole image
    """

    specs: Sequence[Spec]
    recipes: Sequence[PackageRecipe]
    public: bytes
    epoch: int
    database: Mapping[str, bytes] = field(default_factory=dict)
    accounts: Accounts = field(init=False)

    def __post_init__(self) -> None:
        users = [user for recipe in self.recipes for user in recipe.users] + [
            u for s in self.specs for u in s.users
        ]
        groups = [g for recipe in self.recipes for g in recipe.groups] + [
            g for s in self.specs for g in s.groups
        ]
        object.__setattr__(self, "accounts", collect(users, groups))

    @property
    def certificates(self) -> list[str]:
        return [text for spec in self.specs for text in sorted(set(spec.certificates))]


def generated_files(wanted: Wanted) -> dict[str, bytes]:
    """Return path and content of the generated files; the same for the same wishes."""
    files = {"etc/passwd": wanted.accounts.passwd.encode(), "etc/group": wanted.accounts.group.encode()}
    files |= wanted.database
    if wanted.certificates:
        files[BUNDLE] = bundle([wanted.public, *(text.encode() for text in wanted.certificates)])
    if any("java-truststore" in recipe.generate for recipe in wanted.recipes):
        files[JAVA_STORE] = java_store(wanted.public, wanted.certificates)
    return files


def alternatives(
    recipes: Iterable[PackageRecipe], leaves: Mapping[str, str], architecture: str
) -> dict[str, str]:
    """Return the links that several packages may offer; a path that a package owns is left alone.

    ``@ARCH@`` stands for the architecture, ``@TRIPLET@`` for the directory name of its libraries.
    """
    names = {"@ARCH@": architecture, "@TRIPLET@": TRIPLETS.get(architecture, "")}
    best: dict[str, tuple[int, str, str]] = {}
    for recipe in recipes:
        for offer in recipe.alternatives:
            rank = (-offer.priority, recipe.package, offer.target)
            link = _filled(offer.link[1:], names)
            best[link] = min(best.get(link, rank), rank)
    return {link: _filled(target, names) for link, (_, _, target) in best.items() if link not in leaves}


def _filled(text: str, names: Mapping[str, str]) -> str:
    for mark, name in names.items():
        text = text.replace(mark, name)
    return text


def top_entries(
    *, wanted: Wanted, before: Wanted | None, below: Below, new_layers: Sequence[Layer]
) -> Entries:
    """Return the entries of the top layer.

    :param before: what the base image's top layer followed from; what is the same is not written again
    :param new_layers: the layers that this build adds above its base, in order
    :raises PathConflictError: when a customer's file lies where a directory is, or below a file or link
    """
    spec, epoch = wanted.specs[-1], wanted.epoch
    entries: Entries = {}
    files, old_files = generated_files(wanted), generated_files(before) if before else {}
    for path, content in files.items():
        if old_files.get(path) != content:
            entries[path] = TarEntry(path, FILE, 0o644, 0, 0, len(content), epoch), content
    links = alternatives(wanted.recipes, below.leaves, below.architecture)
    leaves = {**below.leaves, **below.lost}
    old_links = alternatives(before.recipes, leaves, below.architecture) if before else {}
    for path, target in links.items():
        if old_links.get(path) != target:
            entries[path] = TarEntry(path, SYMLINK, 0o777, 0, 0, 0, epoch, target), b""
    _place_own(entries, spec, epoch, below)
    _add_parents(entries, below, epoch)
    for entry in _put_right(new_layers, below):
        entries.setdefault(entry.path, (entry, b""))
    if below.gone:
        _take_away(entries, wanted, below, lost={*old_files, *old_links}, kept={*files, *links})
    return entries


def _take_away(
    entries: Entries, wanted: Wanted, below: Below, *, lost: AbstractSet[str], kept: AbstractSet[str]
) -> None:
    """Hide what only removed packages had, and put right the directories that they shared.

    :param lost: what was generated for the base; ``kept`` is what is generated now
    """
    own = {path for path, (entry, _) in entries.items() if entry.kind != DIRECTORY}
    said = {file.path[1:] for spec in wanted.specs for file in spec.files}
    said |= {link.path[1:] for spec in wanted.specs for link in spec.links}
    directories = {entry.path[1:] for spec in wanted.specs for entry in spec.directories}
    for entry in restored(below.gone, below.directories, directories):
        entries.setdefault(entry.path, (entry, b""))
    entries |= whiteouts(
        lost={*lost, *below.lost}, lost_directories=join_directories(below.gone.values()),
        kept={*below.leaves, *kept, *own, *said},
        kept_directories={*below.directories, *directories, *(entries.keys() - own)}, epoch=wanted.epoch,
    )  # fmt: skip


def _place_own(entries: Entries, spec: Spec, epoch: int, below: Below) -> None:
    for item in spec.directories:
        path = item.path[1:]
        if path in below.leaves or (path in entries and entries[path][0].kind != DIRECTORY):
            raise PathConflictError(
                path=item.path, first="a directory of this image", second=_owner(below, path)
            )
        entries[path] = TarEntry(path, DIRECTORY, item.mode, item.uid, item.gid, 0, epoch), b""
    leaves = [(f.path[1:], f, None) for f in spec.files] + [(k.path[1:], None, k.target) for k in spec.links]
    for path, file, target in leaves:
        if path in below.directories:
            raise PathConflictError(
                path="/" + path, first="a file of this image", second="a directory below it"
            )
        if file is not None:
            held = TarEntry(path, FILE, file.mode, file.uid, file.gid, len(file.content), epoch)
            entries[path] = held, file.content
        else:
            entries[path] = TarEntry(path, SYMLINK, 0o777, 0, 0, 0, epoch, target or ""), b""


def _owner(below: Below, path: str) -> str:
    return below.leaves.get(path, "a generated file")


def _add_parents(entries: Entries, below: Below, epoch: int) -> None:
    for path in list(entries):
        at = path.rfind("/")
        while at > 0:
            parent = path[:at]
            held = entries.get(parent)
            if parent in below.leaves or (held and held[0].kind != DIRECTORY):
                raise PathConflictError(path="/" + path, first="this image", second=_owner(below, parent))
            if parent not in below.directories and held is None:
                entries[parent] = TarEntry(parent, DIRECTORY, 0o755, 0, 0, 0, epoch), b""
            at = path.rfind("/", 0, at)


def _put_right(new_layers: Sequence[Layer], below: Below) -> list[TarEntry]:
    """Return the directories that a later layer set to 0755 root though an earlier one says otherwise."""
    last: dict[str, tuple[int, int, int]] = {}
    for layer in new_layers:
        last.update(dict.fromkeys(layer.plain, (0o755, 0, 0)))
        last.update({path: (mode, uid, gid) for path, mode, uid, gid, _ in layer.special})
    found = []
    for path, state in last.items():
        meant = below.directories.get(path)
        if meant is not None and (meant.mode, meant.uid, meant.gid) != state:
            found.append(meant)
    return found
