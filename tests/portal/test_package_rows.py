"""Packages of a release as rows."""

from portal.templatetags.package_rows import package_rows


def test_a_row_says_few_licences_and_names_all():
    made = package_rows([("zlib1g", "1:1.3", "zlib", "MIT, Zlib, BSD, ISC"), ("bash", "5", "", "")])
    assert '<td class="fade" title="MIT, Zlib, BSD, ISC">MIT, Zlib and 2 more</td>' in made
    assert made.count("<tr>") == 2
    assert "<td><code>zlib1g</code></td><td><code>1:1.3</code></td>" in made


def test_no_part_of_a_package_is_markup():
    made = package_rows([('<i>"', '<i>"', '<i>"', '<i>"')])
    assert "<i>" not in made
    assert made.count("&lt;i&gt;&quot;") == 5
