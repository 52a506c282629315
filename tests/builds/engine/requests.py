"""Requests that people make, alone and together, and what is known to differ from apt's answers."""

from __future__ import annotations

REQUESTS = (
    "curl", "nginx", "apache2", "haproxy", "redis-server", "postgresql-17", "mariadb-server", "python3",
    "python3-venv python3-pip", "openjdk-21-jre-headless", "ruby-full", "php8.4-fpm php8.4-mysql", "golang-go",
    "git", "build-essential", "cmake ninja-build", "rustc cargo", "perl", "lua5.4", "erlang-base", "ghc", "vim",
    "tmux htop", "openssh-client", "openssh-server", "rsync wget", "jq", "imagemagick", "ffmpeg", "graphviz",
    "sqlite3", "memcached", "rabbitmq-server", "bind9", "dnsmasq", "postfix", "exim4", "prometheus", "podman",
    "varnish", "squid", "lighttpd", "tomcat10", "maven", "python3-django python3-psycopg2", "default-jre",
    "valkey-server", "util-linux coreutils bash",
)  # fmt: skip

#: What apt adds and we do not, as it is empty: sysvinit-utils, which is chosen anyway, provides it.
TRANSITIONAL = frozenset({"lsb-base"})

#: Requests where apt installs more than it needs, with the reason. Ours is a part of its answer, and complete.
SMALLER = {
    "podman": "netavark is needed by name, and is another choice beside containernetworking-plugins, which apt "
    "reaches first and adds as well; crun and gpg are such choices, too.",
    "tomcat10": "tomcat10-common takes default-jre-headless or any Java; a Java is needed by another package.",
    "maven": "default-jre-headless or any Java; a Java is needed by another package.",
    "python3-django python3-psycopg2": "python3-asgiref takes python3-typing-extensions or a Python from 3.11 on.",
}
