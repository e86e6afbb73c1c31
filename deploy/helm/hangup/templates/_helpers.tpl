{{- define "hangup.name" -}}
{{- if contains .Chart.Name .Release.Name }}{{ .Release.Name | trunc 52 | trimSuffix "-" }}{{ else }}{{ printf "%s-%s" .Release.Name .Chart.Name | trunc 52 | trimSuffix "-" }}{{ end }}
{{- end }}

{{- define "hangup.selector" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "hangup.labels" -}}
{{ include "hangup.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end }}

{{- define "hangup.image" -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end }}

{{- define "hangup.account" -}}
{{ .Values.serviceAccount.name | default (.Values.serviceAccount.create | ternary (include "hangup.name" .) "default") }}
{{- end }}

{{/* What a pod of either shape has in common. */}}
{{- define "hangup.pod" -}}
serviceAccountName: {{ include "hangup.account" . }}
automountServiceAccountToken: false
{{- with .Values.imagePullSecrets }}
imagePullSecrets: {{ toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- with .Values.nodeSelector }}
nodeSelector: {{ toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.affinity }}
affinity: {{ toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{/* Labels and annotations of a pod; a new configuration makes new pods. */}}
{{- define "hangup.podMetadata" -}}
labels:
  {{- include "hangup.labels" . | nindent 2 }}
  app.kubernetes.io/component: hangup-nginx
  {{- with .Values.podLabels }}{{ toYaml . | nindent 2 }}{{ end }}
annotations:
  checksum/config: {{ include (print $.Template.BasePath "/configmap.yaml") . | sha256sum }}
  {{- with .Values.podAnnotations }}{{ toYaml . | nindent 2 }}{{ end }}
{{- end }}

{{/* hangup's container as far as it does not depend on the shape. */}}
{{- define "hangup.container" -}}
name: hangup
image: {{ include "hangup.image" . }}
imagePullPolicy: {{ .Values.image.pullPolicy }}
ports:
  - {name: hangup, containerPort: {{ .Values.port }}, protocol: TCP}
resources: {{ toYaml .Values.resources | nindent 2 }}
# Alive as long as it answers; ready after the first round of every source.
livenessProbe:
  httpGet: {path: /-/healthy, port: hangup}
  periodSeconds: 20
  failureThreshold: 6
readinessProbe:
  httpGet: {path: /-/ready, port: hangup}
  periodSeconds: 10
{{- end }}

{{- define "hangup.logFormat" -}}
log_format hangup '$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent '
    '"$http_referer" "$http_user_agent" host="$server_name" rt=$request_time done="$request_completion" '
    'length="$sent_http_content_length" uaddr="$upstream_addr" ustatus="$upstream_status" '
    'uct="$upstream_connect_time" uht="$upstream_header_time" urt="$upstream_response_time" id=$request_id';
{{- end }}
