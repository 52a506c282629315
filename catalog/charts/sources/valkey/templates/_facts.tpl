{{/* What the image is like; the other templates are the same for every chart. */}}
{{- define "valkey.facts" -}}
port: 6379
probe: {exec: {command: [/usr/bin/valkey-cli, -e, ping]}}
scratch: [/tmp]
data: /data
group: 974
isOpen: true
takesPassword: true
passwordEnv: REDISCLI_AUTH
passwordArgs: [--requirepass, $(REDISCLI_AUTH)]
# The image's own, which those for the password follow.
args: [--bind, "* -::*", --protected-mode, "no", --dir, /data]
{{- end -}}
