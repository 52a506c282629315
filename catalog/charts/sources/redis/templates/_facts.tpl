{{/* What the image is like; the other templates are the same for every chart. */}}
{{- define "redis.facts" -}}
port: 6379
probe: {tcpSocket: {port: main}}
scratch: [/tmp]
data: /data
group: 971
{{- end -}}
