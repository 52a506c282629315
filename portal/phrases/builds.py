"""What building, testing and publishing say, and what stands in their logs."""

from __future__ import annotations

from django.utils.translation import gettext_noop as _

PHRASES = (
    _("This build is {state} and can no longer be cancelled."),
    _(
        "Packages of this rebuild can do more than those of the release before it ({told}). Nothing was published. An admin of the platform can accept it (also with manage.py accept_build {id})."
    ),
    _("{name} cannot be built upon."),
    _("This follows from the base image and cannot be set."),
    _("A tag has at most 128 letters, digits, “.”, “_” and “-”, and starts with a letter, digit or “_”."),
    _("Tags of this form are written by publishing itself; choose another."),
    _("The image failed in the sandbox: {names} ({first})."),
    _("The image failed in the sandbox: {names}."),
    _(
        "No sandbox could run the image, so it was not published. The operator may allow untested images with ASSAY_PUBLISH_UNTESTED."
    ),
    _("The scan found {rule} at {path}; nothing was published."),
    _("The result does not fit the order: {what}."),
    _("The build has ended: it is {state}."),
    _("{sentence} Another attempt takes over."),
    _("The worker {worker} fell silent."),
    _("A quotation mark is opened and never closed."),
    _("“{line}” has no “=”: write NAME=value."),
    _("“{key}” is there twice."),
    _("This is not text in UTF-8."),
    _("This must be one line of text."),
    _("There is no such field."),
    _("There is no such image in your catalogue."),
    _("{image} is still being built for the first time. Try again in a few minutes."),
    _("{held_back}: no tag moved"),
    _("{digest} is published. {summary}."),
    _("This digest was withdrawn"),
    _("A later order was published first"),
    _("A name has at most {n} lower-case letters and digits, separated by “.”, “_”, “-” or “/”."),
    _("“{word}” cannot be part of a name; choose another."),
    _("“{name}” is an image of your catalogue; give your own another name."),
    _("“{name}” holds pushed images; choose another name."),
    _(
        "The package index is being fetched; packages can be resolved as soon as it is there. Try again in a minute."
    ),
    _("{n} signatures and attestations"),
    _("Same digest as a signed release"),
    _("Signing or publishing met a fault of ours."),
    _("{sentence} It is tried again."),
    _("The base's manifest {digest} was not given as its digest says."),
    _("The base's config {digest} was not given as its digest says."),
    _("The base's layer {digest} is not in its repository."),
    _("The worker met a fault of ours."),
    _("The registry did not answer: {reason}."),
    _("The registry did not take {what}: status {status}."),
    _("The portal did not take the worker's {verb}: {reason}."),
    _("{n} blobs pushed ({size} bytes), {there} already there"),
    _("{n} layers, {size} bytes"),
    _("{n} findings"),
    _("Not run"),
    _("{n} of {total} checks passed"),
    _("{n} of {total} packages were not unpacked before"),
    _("{n} of {total} packages, {size} bytes"),
    _("{error} The operator allows untested images."),
    _("{architecture} passed: {name} ({milliseconds} ms)"),
    _("{architecture} FAILED: {name} ({milliseconds} ms)"),
)
