{{/* What the image is like; the other templates are the same for every chart. */}}
{{- define "redis.facts" -}}
port: 6379
probe: {exec: {command: [/usr/bin/redis-cli, -e, ping]}}
scratch: [/tmp]
data: /data
group: 971
isOpen: true
takesPassword: true
passwordEnv: REDISCLI_AUTH
passwordArgs: [--requirepass, $(REDISCLI_AUTH)]
# The image's own, which those for the password follow.
args: [--bind, "* -::*", --protected-mode, "no", --dir, /data]
{{- end -}}
