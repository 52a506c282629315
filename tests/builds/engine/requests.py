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

#: Packages that apt adds and we do not, with the reason.
ONLY_APT = {
    "lsb-base": "Empty and transitional: sysvinit-utils, which is chosen anyway, provides it. apt takes the real "
    "package of the name first, and adds the provider as that package's own dependency.",
}
