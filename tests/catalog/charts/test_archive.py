"""Chart archives that are not what they should be: each shape is refused by name, and in bounded memory (hostile 36)."""

from __future__ import annotations

import gzip
import tarfile
import tracemalloc
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catalog.charts import archive, foreign, store, unpacking
from catalog.charts.archive import read_archive
from catalog.charts.refusals import ChartRefused
from tests.catalog.charts.archives import CHART, entry, packed, sound
from tests.shared import shared

BOMB = "a: &a [x,x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{one}: &{one} [{','.join([f'*{before}'] * 10)}]\n"
    for before, one in zip("abcdefg", "bcdefgh", strict=True)
)
MERGES = "a: &a {k: v}\n" + "".join(
    f"{one}: &{one}\n  x{one}: {{<<: [{','.join([f'*{before}'] * 10)}]}}\n"
    for before, one in zip("abcdefg", "bcdefgh", strict=True)
)


def refused(content: bytes) -> str:
    with pytest.raises(ChartRefused) as caught:
        store.facts_of(read_archive(content))
    assert str(caught.value)
    return caught.value.code


def with_chart(text: str) -> bytes:
    return packed(sound(**{"shop/Chart.yaml": text}))


def test_a_sound_archive_is_read_and_kept_as_it_came():
    content = packed()
    chart = read_archive(content)
    facts = store.facts_of(chart)
    assert (chart.name, chart.version, chart.archive) == ("shop", "1.2.3", content)
    assert [one["path"] for one in facts["options"]] == ["replicas", "image.repository", "image.tag"]
    assert facts["templates"] == [{"path": "templates/deployment.yaml", "size": 26, "kinds": ["Deployment"]}]


def test_folders_and_archives_within_are_files_like_others():
    inner = packed()
    content = packed(
        sound(), entry("shop/charts", type=tarfile.DIRTYPE), entry("shop/charts/x-1.0.0.tgz", inner)
    )
    assert read_archive(content).name == "shop"


@pytest.mark.parametrize(
    "path",
    ["shop/../../etc/passwd", "../shop/x", "/shop/x", "shop//x", "./shop/x", "shop/./x", "shop/a\\..\\x", "C:/shop",
     "shop/a\nb", "shop/" + "x" * 300],
)  # fmt: skip
def test_a_path_that_leads_elsewhere(path):
    assert refused(packed(sound(), entry(path, b"x"))) == "chart-path"


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE])
def test_a_link(kind):
    assert (
        refused(packed(sound(), entry("shop/templates/x", type=kind, linkname="/etc/passwd"))) == "chart-link"
    )


@pytest.mark.parametrize("kind", [tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.FIFOTYPE])
def test_a_device_or_pipe(kind):
    assert refused(packed(sound(), entry("shop/x", type=kind))) == "chart-special-file"


def test_a_bomb_is_never_unpacked_beyond_the_bound():
    content = packed(sound(**{"shop/big": b"\0" * (60 << 20)}))
    assert len(content) < 1 << 20
    tracemalloc.start()
    assert refused(content) == "chart-bomb"
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert most < 3 * unpacking.MOST_UNPACKED


def test_more_bytes_or_files_than_a_chart_has():
    assert refused(b"\x1f\x8b" + b"\0" * archive.MOST_BYTES) == "chart-too-large"
    assert (
        refused(packed(sound(**{f"shop/{n}": "" for n in range(unpacking.MOST_ENTRIES)})))
        == "chart-too-many-files"
    )


@pytest.mark.parametrize("twice", ["shop/values.yaml", "shop/Values.yaml", "shop/Chart.yaml"])
def test_a_file_that_is_there_twice(twice):
    assert refused(packed(sound(), entry(twice, b"x: 1"))) == "chart-twice"


def test_a_file_that_is_a_folder_too():
    assert refused(packed(sound(), entry("shop/README.md/x", b""))) == "chart-twice"


def test_a_second_folder():
    assert refused(packed(sound(), entry("other/Chart.yaml", CHART.encode()))) == "chart-folders"


@pytest.mark.parametrize(
    "content", [b"", b"no archive", gzip.compress(b"", mtime=0), gzip.compress(b"no tar" * 200, mtime=0), packed()[:-20], packed()[:200],
                packed() + b"garbage"],
)  # fmt: skip
def test_what_is_no_archive_or_breaks_off(content):
    assert refused(content) == "chart-not-archive"


def test_a_header_that_cannot_be_read_does_not_end_the_archive():
    plain = gzip.decompress(packed()).rstrip(b"\0")
    header = entry("shop/x")[0].tobuf(tarfile.GNU_FORMAT)
    wrong = header[:148] + b"0000000\0" + header[156:]  # its checksum
    assert refused(gzip.compress(plain + b"\0" * (-len(plain) % 512) + wrong)) == "chart-not-archive"


@pytest.mark.parametrize("size", [-512, -1, -10240])
def test_a_negative_size_does_not_send_the_reader_in_circles(size):
    info, _ = entry("shop/x")
    info.size = size
    header = info.tobuf(tarfile.GNU_FORMAT)
    plain = gzip.decompress(packed())
    assert refused(gzip.compress(header + plain)) == "chart-not-archive"
    assert refused(gzip.compress(plain.rstrip(b"\0") + b"\0" * (-len(plain.rstrip(b"\0")) % 512) + header)) in (
        "chart-not-archive", "chart-path",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "chart-yaml"),
        ("- a list", "chart-yaml"),
        ("a: [", "chart-yaml"),
        ("a: !!python/object/apply:os.system [id]", "chart-yaml"),
        (f"{CHART}home: 1", "chart-yaml"),
        (CHART.replace("1.2.3", "1.10"), "chart-yaml"),
        (f"{CHART}dependencies: x", "chart-yaml"),
        (f"{CHART}name: other", "chart-yaml-twice"),
        ("--- {a: 1}\n--- {b: 2}", "chart-yaml"),
        (f'{CHART}icon: "a\\0b"', "chart-not-text"),
        (CHART.replace("v2", "v9"), "chart-api-version"),
        (CHART.replace("name: shop", "name: other"), "chart-name"),
        (CHART.replace("name: shop", "name: ../shop"), "chart-name"),
        (CHART.replace("name: shop\n", ""), "chart-name"),
        (CHART.replace("1.2.3", "v1.2"), "chart-version"),
        (CHART.replace("1.2.3", "1.2.3_x"), "chart-version"),
        (CHART.replace("version: 1.2.3\n", ""), "chart-version"),
        ("[" * 100_000, "chart-yaml-too-deep"),
        ("{a: " * 3000 + "1" + "}" * 3000, "chart-yaml-too-deep"),
        (BOMB, "chart-yaml-alias"),
        (MERGES, "chart-yaml-alias"),
        ("a: &a {b: *a}", "chart-yaml-alias"),
        (f"x: {'y' * (foreign.MAX_BYTES + 1)}", "chart-yaml-too-large"),
    ],
    ids=lambda text: str(text)[:24],
)  # fmt: skip
def test_a_chart_yaml_that_is_none(text, code):
    assert refused(with_chart(text)) == code


@pytest.mark.parametrize("text", [BOMB, MERGES, "a: &a [*a]"])
def test_values_whose_aliases_grow_without_end(text):
    assert refused(packed(sound(**{"shop/values.yaml": text}))) == "chart-yaml-alias"


@pytest.mark.parametrize("number", ["0x" + "f" * 20_000, "0b" + "1" * 60_000, "1" + ":59" * 3_000, "9" * 100])
def test_a_number_without_end(number):
    assert refused(packed(sound(**{"shop/values.yaml": f"a: {number}\n"}))) == "chart-not-text"
    assert refused(with_chart(f"{CHART}annotations: {{a: {number}}}\n")) == "chart-not-text"


def test_values_that_are_too_large_or_no_text():
    big = f"# {'x' * archive.LONGEST_TEXT}"
    assert refused(packed(sound(**{"shop/values.yaml": big}))) == "chart-file-too-large"
    assert refused(packed(sound(**{"shop/values.yaml": b"a: \xff"}))) == "chart-not-text"
    assert refused(packed(sound(**{"shop/Chart.yaml": b"a: \xff"}))) == "chart-not-text"


@pytest.mark.parametrize(
    "text",
    ["{", "[]", '{"a": "\\u0000"}', '{"a": "\\ud800"}', "[" * 100_000,
     '{"maximum": 1e999}', '{"maximum": NaN}', '{"a":' * 400 + "1" + "}" * 400],
    ids=lambda text: text[:24],
)  # fmt: skip
def test_a_schema_that_is_none(text):
    assert refused(packed(sound(**{"shop/values.schema.json": text}))) == "chart-schema"


def test_a_schema_whose_pattern_never_ends_is_kept_and_never_run():
    schema = '{"properties": {"image": {"properties": {"tag": {"pattern": "^(a+)+$"}}}}}'
    values = f"image: {{repository: redis, tag: {'a' * 40}b}}\n"
    facts = store.facts_of(
        read_archive(packed(sound(**{"shop/values.yaml": values, "shop/values.schema.json": schema})))
    )
    assert facts["options"][-1]["rule"] == "matches ^(a+)+$"


def test_a_missing_chart_yaml():
    assert refused(packed({"shop/values.yaml": "a: 1"})) == "chart-yaml-missing"


@settings(max_examples=60, deadline=None)
@given(at=st.integers(0, 10_000), byte=st.integers(0, 255))
def test_any_changed_byte_is_read_or_refused_by_name(at, byte):
    plain = bytearray(gzip.decompress(packed()))
    plain[at % len(plain)] = byte
    # Anything but a chart or its refusal would end the test.
    with suppress(ChartRefused):
        assert store.facts_of(read_archive(gzip.compress(bytes(plain), 1)))["size"] > 0


def test_well_known_charts_are_taken():
    files: dict[str, dict[str, bytes]] = {}
    with tarfile.open(shared("charts/chart-sources.tar.gz")) as tar:
        for member in tar.getmembers():
            if (reader := tar.extractfile(member)) is not None:
                files.setdefault(member.name.partition("/")[0], {})[member.name] = reader.read()
    taken = [store.facts_of(read_archive(packed(one))) for name, one in sorted(files.items())]
    assert len(taken) == 39
    assert all(one["options"] and one["places"] for one in taken)
