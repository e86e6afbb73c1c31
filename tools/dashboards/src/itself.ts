// hangup itself: does it read everything, in time, and what does it cost.

import { dashboard, INSTANCES } from './dashboard.js';
import { coloured, inWords, limitLine, rightAxis, stat, timeline, timeseries } from './panels.js';
import { one, rate, rates } from './select.js';

const lines = 'hangup_log_lines_total';

const numbers = {
  title: 'Can its numbers be trusted?',
  panels: [
    stat({
      title: 'Scraped', width: 4, unit: 'none', mustBeUp: true, queries: [[`min(up{${one}})`, 'up']],
      description: 'Up while Prometheus reaches every instance. Bad: down, nobody watches there. Next: **Scrapes**.', runbooks: ['HangupDown'],
    }),
    stat({
      title: 'Version', width: 4, unit: 'none', text: 'name', queries: [[`count by (version) (hangup_build_info{${one}})`, '{{version}}']],
      description: 'Which hangup runs. Bad: several versions for longer than a rollout. Next: **Configuration**.',
    }),
    stat({
      title: 'Configuration', width: 4, unit: 'none', mustBeUp: true, words: ['loaded', 'refused'], queries: [[`min(hangup_config_reload_success{${one}})`, 'last reload']],
      description: 'Whether the last reload worked. Bad: refused, the old configuration goes on; `hangup check` names file and line. Next: **Configuration and start**.', runbooks: ['HangupReloadFailed'],
    }),
    stat({
      title: 'Lag', width: 4, unit: 's', limits: [5, 60], queries: [[`max(hangup_log_lag_seconds{${one}})`, 'behind']],
      description: 'How old the newest counted line is while more wait. Bad: above a minute. Next: **Unread bytes**.', runbooks: ['HangupLogLagging'],
    }),
    stat({
      title: 'Lines not understood', width: 4, unit: 'percentunit', limits: [0.001, 0.01],
      queries: [[`sum(${rate(lines, `${one}, result=~"unparsed|too_long"`)}) / (sum(${rate(lines, one)}) > 0)`, 'of the lines']],
      description: 'Bad: above 1 % every ratio is doubtful. Next: **Lines by result**.', runbooks: ['HangupLinesUnparsed'],
    }),
    stat({
      title: 'Sources down', width: 4, unit: 'none', limits: [1], queries: [[`count(hangup_source_up{${one}} == 0) or vector(0)`, 'sources']],
      description: 'Pollers (stub_status, /proc, netlink) whose last poll failed. Bad: any. Next: **Sources**.',
    }),
  ],
};

const logs = {
  title: 'The logs',
  panels: [
    timeseries({
      title: 'Lines by result', width: 12, unit: 'suffix: lines/s', stack: true, queries: [[rates('log, result', lines, one), '{{result}}, {{log}}']],
      overrides: [coloured('parsed.*', 'green'), coloured('parsed.*error.*', 'blue'), coloured('unparsed.*', 'red'), coloured('too_long.*', 'orange')],
      description: 'Every line read ends in exactly one result. Bad: unparsed is a format that nginx does not write; too_long is cut away. Next: `hangup check` shows the first line that does not fit; **Age of the last line** if nothing comes at all.',
      runbooks: ['HangupLinesUnparsed'],
    }),
    timeseries({
      title: 'Bytes read', width: 12, unit: 'Bps', queries: [[rates('log', 'hangup_log_bytes_total', one), '{{log}}']],
      description: 'What the lines were long. Bad: nothing although nginx serves. Next: **Age of the last line**.',
    }),
    timeseries({
      title: 'Unread bytes', width: 8, height: 8, unit: 'bytes', queries: [[`hangup_log_unread_bytes{${one}}`, '{{log}}']],
      description: 'What is on disk and not counted yet. Bad: a ramp; the numbers are late, not lost. Next: **CPU**.', runbooks: ['HangupLogLagging'],
    }),
    timeseries({
      title: 'Lag by log', width: 8, height: 8, unit: 's', limits: [5, 60], queries: [[`hangup_log_lag_seconds{${one}}`, '{{log}}']],
      description: 'What is counted is this old. Bad: above a minute. Next: **CPU**, for the host may be starved.', runbooks: ['HangupLogLagging'],
    }),
    timeseries({
      title: 'Age of the last line', width: 8, height: 8, unit: 's', limits: [600], queries: [[`time() - hangup_log_last_line_timestamp_seconds{${one}}`, '{{log}}']],
      description: 'By the time stamp in the line. Bad: it climbs while nginx serves requests: a rotation without USR1, or a log written elsewhere. A quiet error.log is good. Next: **Rotations**.',
      runbooks: ['HangupLogStale'],
    }),
    timeline({
      title: 'Logs readable', width: 8, height: 8, unit: 'none', mustBeUp: true, on: 'readable', off: 'not readable', queries: [[`hangup_log_up{${one}}`, '{{log}}'], [`hangup_log_fits{${one}}`, 'format of {{log}}']],
      description: 'Bad: red, of a log mostly the permission (group adm), of its format lines that are written otherwise than nginx.conf says. Next: **Lost and failed** and `hangup check` as the user of the service.', runbooks: ['HangupLogUnreadable', 'HangupLinesUnparsed'],
    }),
    timeline({
      title: 'What the logs can show', width: 24, height: 8, unit: 'none', mustBeUp: true, on: 'visible', off: 'not visible', queries: [[`min by (signal) (hangup_log_visible{${one}})`, '{{signal}}']],
      description: 'Whether every log can show the signal at all. Bad: red: what is not visible is unknown, never 0; `hangup check` prints the log_format that shows it. Next: **Lines by result**.',
    }),
    timeseries({
      title: 'Rotations', width: 8, height: 8, unit: 'none', bars: true, stack: true, queries: [[`sum by (kind) (increase(hangup_log_rotations_total{${one}}[$__rate_interval]))`, '{{kind}}']],
      description: 'By how the log got new content. Bad: none at all in a week, or truncated, which can lose what was not read yet. Next: **Lost and failed**.',
    }),
    timeseries({
      title: 'Lost and failed', width: 8, height: 8, unit: 'short',
      queries: [[`sum by (log) (increase(hangup_log_lost_bytes_total{${one}}[$__rate_interval]))`, 'bytes lost, {{log}}'], [`sum by (log) (increase(hangup_log_lost_datagrams_total{${one}}[$__rate_interval]))`, 'datagrams lost, {{log}}'], [`sum by (log) (increase(hangup_log_read_errors_total{${one}}[$__rate_interval]))`, 'failed reads, {{log}}']],
      description: 'Bad: bytes that were written and gone before they could be read; or a log that cannot be opened. Next: **Logs readable**.', runbooks: ['HangupLogUnreadable'],
    }),
  ],
};

const sources = {
  title: 'The pollers and the configuration',
  panels: [
    timeline({
      title: 'Sources', width: 12, unit: 'none', mustBeUp: true, on: 'up', off: 'down', queries: [[`min by (source) (hangup_source_up{${one}})`, '{{source}}']],
      description: 'Bad: red. stub_status: nginx is down or out of slots, see **nginx answers**. Those of the kernel: the /proc that hangup sees is not the one of the host. Next: **Age of each source**.', runbooks: ['NginxUnreachable'],
    }),
    timeseries({
      title: 'Age of each source', width: 12, unit: 's', limits: [60], queries: [[`max by (source) (time() - hangup_source_last_success_timestamp_seconds{${one}})`, '{{source}}']],
      description: 'Since the last poll that worked. Bad: a ramp. Next: **Poll time**.',
    }),
    timeseries({
      title: 'Poll time', width: 12, height: 8, unit: 's', queries: [[`max by (source) (hangup_source_duration_seconds{${one}})`, '{{source}}']],
      description: 'Bad: stub_status takes seconds: nginx itself is stuck. connections takes long on hosts with very many sockets and is then polled less often. Next: **Connection slots**.',
    }),
    timeseries({
      title: 'What error.log holds', width: 12, height: 8, unit: 'suffix: messages/s', stack: true, queries: [[`${rates('class, level', 'hangup_error_log_messages_total', one)} > 0`, '{{class}}, {{level}}']],
      description: 'Entries of error.log by what they mean. Bad: unclassified at error or above is a message that no rule knows; please report it. Next: **Failures by kind**.',
    }),
    timeseries({
      title: 'Values counted as other', width: 8, height: 8, unit: 'ops', queries: [[rates('label', 'hangup_series_limit_hits_total', one), '{{label}}']],
      description: 'Label values that found no place. Bad: route for long: name your routes, or raise the limit; a flood of random paths is held off on purpose. Next: **Memory**.', runbooks: ['HangupSeriesLimit'],
    }),
    timeseries({
      title: 'Series', width: 24, height: 8, unit: 'short',
      queries: [[`sum by (instance) (hangup_series{${one}})`, '{{instance}}'], [`max by (instance) (hangup_series_limit{${one}})`, 'limit, {{instance}}'], [rates('instance', 'hangup_series_ended_requests_total', one), 'requests of ended series, {{instance}}']],
      overrides: [limitLine('limit.*'), rightAxis('requests of.*', 'ops')],
      description: 'All series of one exposition and their one bound. Bad: at the limit for long: what is frequent keeps its series, the rest is other. Next: **Values counted as other**.', runbooks: ['HangupSeriesLimit'],
    }),
    timeseries({
      title: 'Configuration and start', width: 8, height: 8, unit: 's',
      queries: [[`time() - hangup_config_reload_success_timestamp_seconds{${one}}`, 'configuration loaded, {{instance}}'], [`time() - hangup_nginx_config_read_timestamp_seconds{${one}}`, 'nginx.conf read, {{instance}}'], [`time() - process_start_time_seconds{${one}}`, 'started, {{instance}}']],
      description: 'How long ago. Bad: saw teeth in started: it restarts. Next: its own log, and **Memory**.', runbooks: ['HangupReloadFailed'],
    }),
    timeseries({
      title: 'Saved state', width: 8, height: 8, unit: 's', limits: [60],
      queries: [
        [`time() - hangup_state_last_save_timestamp_seconds{${one}}`, 'since the last save, {{instance}}'],
        [`max by (instance) (hangup_state_up{${one}})`, 'saving, {{instance}}'],
        [rates('instance', 'hangup_state_save_failures_total', one), 'failures, {{instance}}'],
        [rates('instance', 'hangup_state_set_aside_total', one), 'snapshots set aside, {{instance}}'],
      ],
      overrides: [rightAxis('(saving|failures|snapshots).*', 'none'), inWords('saving.*', 'works', 'fails')],
      description: 'Only with --path.state. Bad: a ramp: nothing is saved (disk full, directory gone), and a restart now would forget what was counted since; set aside: a snapshot was damaged. Next: **Lost and failed**.',
    }),
  ],
};

const own = (metric: string) => `${metric}{${one}}`;
const cost = {
  title: 'What it costs',
  panels: [
    timeseries({
      title: 'CPU', width: 8, height: 8, unit: 'percentunit', queries: [[`${rate('process_cpu_seconds_total', one)}`, '{{instance}}']],
      description: 'Of one core. Bad: near 100 % for long, then **Unread bytes** grows. Next: **Lines by result** for how much there is to read.',
    }),
    timeseries({
      title: 'Memory', width: 8, height: 8, unit: 'bytes',
      queries: [[own('process_resident_memory_bytes'), 'in RAM, {{instance}}']],
      description: 'Bounded by the limits of the labels. Bad: a ramp that does not flatten. Next: **Values counted as other**.',
    }),
    timeseries({
      title: 'File descriptors and threads', width: 8, height: 8, unit: 'none', log: true,
      queries: [[own('process_open_fds'), 'open, {{instance}}'], [own('process_max_fds'), 'limit, {{instance}}'], [own('process_threads'), 'threads, {{instance}}']],
      overrides: [limitLine('limit.*')],
      description: 'Bad: open descriptors climb to the limit (dashed). Next: **Rotations**: are old logs closed?',
    }),
    timeseries({
      title: 'Scrapes', width: 24, height: 8, unit: 's', queries: [[`scrape_duration_seconds{${one}}`, '{{instance}}'], [rates('reason', 'hangup_web_connections_cut_total', one), 'connections cut, {{reason}}'], [rates('reason', 'hangup_web_refused_total', one), 'refused, {{reason}}']],
      overrides: [rightAxis('(connections cut|refused).*', 'ops')],
      description: 'How long Prometheus waits for /metrics; it waits for no nginx and no file, so milliseconds. Bad: seconds, the host is starved; or connections cut for long: somebody crowds the port; or refused for long: somebody guesses passwords, or a scraper has an old one. Next: **CPU**.', runbooks: ['HangupDown'],
    }),
  ],
};

export default dashboard(
  'hangup-itself', 'hangup itself', 'Whether hangup reads everything, in time, and what it costs.', INSTANCES, [numbers, logs, sources, cost],
);
