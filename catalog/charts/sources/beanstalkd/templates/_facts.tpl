{{/* What the image is like; the other templates are the same for every chart. */}}
{{- define "beanstalkd.facts" -}}
port: 11300
probe: {tcpSocket: {port: main}}
scratch: [/tmp]
data: /var/lib/beanstalkd
group: 964
isOpen: true
{{- end -}}
