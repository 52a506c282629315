"""What the preview accepts the build accepts: one check of a spec against its base and its packages' recipes."""

from __future__ import annotations

from dataclasses import replace

import pytest

from builds.engine.build import SpecInvalidError
from builds.engine.fitting import fitting_errors
from builds.engine.recipes.values import PackageRecipe
from builds.engine.spec import Spec
from builds.engine.spec.values import DirectoryEntry, FileEntry, GroupAccount, LinkEntry, UserAccount
from builds.worker.result import result_document
from tests.builds.engine.debs import Deb
from tests.builds.engine.kitchen import NO_BOOK, Kitchen

SERVER = Deb("server", files={"./usr/bin/server": "a server"})
RECIPE = {
    "users": (UserAccount("server", 971, 971),),
    "groups": (GroupAccount("server", 971),),
    "directories": (DirectoryEntry("/var/lib/server", 0o750, 971, 971),),
    "files": (FileEntry("/etc/server/server.conf", b"x"),),
}
BASE = Spec(
    suite="trixie",
    packages=("server",),
    files=(FileEntry("/app/run", b"x"),),
    users=(UserAccount("app", 700, 700),),
)


@pytest.mark.parametrize(
    ("wish", "field", "code"),
    [
        ({"user": "ghost"}, "user", "user-unknown"),
        ({"user": "server:ghost"}, "user", "user-unknown"),
        ({"users": (UserAccount("mine", 971, 800),)}, "users[0]", "account-clash"),
        ({"users": (UserAccount("mine", 700, 800),)}, "users[0]", "account-clash"),
        ({"groups": (GroupAccount("ok", 801), GroupAccount("mine", 971))}, "groups[1]", "account-clash"),
        ({"files": (FileEntry("/usr", b""),)}, "files[0].path", "path-is-directory"),
        ({"files": (FileEntry("/var/lib/server", b""),)}, "files[0].path", "path-is-directory"),
        ({"links": (LinkEntry("/app", "/srv"),)}, "links[0].path", "path-is-directory"),
        (
            {"directories": (DirectoryEntry("/etc/server/server.conf"),)},
            "directories[0].path",
            "path-is-file",
        ),
        ({"files": (FileEntry("/app/run/x", b""),)}, "files[0].path", "path-below-file"),
        ({"workdir": "/app/run"}, "workdir", "path-is-file"),
        ({"workdir": "/etc/server/server.conf/x"}, "workdir", "path-is-file"),
        ({"volumes": ("/srv", "/app/run")}, "volumes[1]", "path-is-file"),
    ],
)
def test_a_misfit_is_named_by_field_and_rule_and_the_build_says_the_same(
    kitchen: Kitchen, wish: dict[str, object], field: str, code: str
) -> None:
    kitchen.recipe("server", **RECIPE)
    base, _ = kitchen.base(BASE, SERVER)
    spec = replace(Spec(suite="trixie", base=base), **wish)  # type: ignore[arg-type]
    (error,) = fitting_errors(spec, base.lock, kitchen.book)
    assert (error.field, error.code) == (field, code)
    with pytest.raises(SpecInvalidError) as refused:
        kitchen.golden(spec, base)
    assert refused.value.errors == (error,)


def test_what_fits_is_left_alone(kitchen: Kitchen) -> None:
    kitchen.recipe("server", **RECIPE)
    base, _ = kitchen.base(BASE, SERVER)
    spec = Spec(
        suite="trixie", base=base, user="server", workdir="/app", volumes=("/var/lib/server",),
        files=(FileEntry("/app/run", b"another"), FileEntry("/etc/server/server.conf", b"mine")),
        directories=(DirectoryEntry("/var/lib/server", 0o700, 971, 971),), users=(UserAccount("mine", 972, 972),),
    )  # fmt: skip
    assert fitting_errors(spec, base.lock, kitchen.book) == []
    assert kitchen.golden(spec, base).manifest


def test_an_account_of_a_base_may_be_changed_by_name(kitchen: Kitchen) -> None:
    base, _ = kitchen.base(BASE, SERVER)
    spec = Spec(suite="trixie", base=base, users=(UserAccount("app", 701, 701),))
    assert fitting_errors(spec, base.lock, kitchen.book) == []


def test_recipes_of_packages_that_are_not_in_the_image_do_not_count(kitchen: Kitchen) -> None:
    kitchen.book = replace(
        kitchen.book, recipes={"other": PackageRecipe("other", users=(UserAccount("o", 971, 971),))}
    )
    base, _ = kitchen.base(BASE, SERVER)
    spec = Spec(suite="trixie", base=base, users=(UserAccount("mine", 971, 971),))
    assert fitting_errors(spec, base.lock, kitchen.book) == []


def test_a_directory_that_packages_are_known_to_bring_is_no_place_for_a_file(kitchen: Kitchen) -> None:
    spec = Spec(
        suite="trixie",
        files=(FileEntry("/etc/tool", b""), FileEntry("/etc/tool/mine", b"")),
        directories=(DirectoryEntry("/etc/tool"),),
    )
    found = fitting_errors(spec, kitchen.lock(), NO_BOOK, {"amd64": ["etc/tool"]})
    assert [(error.field, error.code) for error in found] == [("files[0].path", "path-is-directory")]
    assert fitting_errors(spec, kitchen.lock(), NO_BOOK, {"arm64": ["etc/tool"]}) == []


def test_a_built_image_tells_which_directories_each_package_brings(kitchen: Kitchen) -> None:
    tool = Deb("tool", files={"./etc/tool/deep/x": "1", "./usr/bin/tool": "2"})
    built = kitchen.build(Spec(suite="trixie"), tool, Deb("other"))
    image = built.platforms[0]
    assert image.directories["tool"] == ("etc/tool", "etc/tool/deep", "usr/share/doc")
    assert image.directories["other"] == ("usr/share/doc",)
    reported = result_document(built, tests={}, scan={}, timings={})["packages"]
    [piece] = [one for one in reported if one["name"] == "tool"]
    assert piece["directories"] == ["etc/tool", "etc/tool/deep", "usr/share/doc"]
