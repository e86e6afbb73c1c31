// Upstreams: slow, timing out, failing, or tried again.

import { dashboard, INSTANCES, SERVER, UPSTREAM } from './dashboard.js';
import { coloured, heatmap, limitLine, stat, table, timeseries } from './panels.js';
import { one, quantile, rate, rates, site, tried } from './select.js';

const timed = `${site}, upstream=~"$upstream"`;
/** A try that the client cut off says how long the client waited, not how slow the upstream is. */
const finished = `${timed}, outcome!="abandoned"`;
const response = 'hangup_upstream_response_duration_seconds';
const limit = (directive: string) => `max(hangup_nginx_timeout_seconds{${site}, directive="${directive}"})`;

/** Three quantiles of all upstreams together, against the timeout that nginx.conf sets. */
const against = (metric: string, matchers: string, directive: string): [string, string][] => [
  [quantile(0.5, '', metric, matchers), 'p50'],
  [quantile(0.95, '', metric, matchers), 'p95'],
  [quantile(0.99, '', metric, matchers), 'p99'],
  [limit(directive), directive],
];
const shades = [limitLine('.*_timeout'), coloured('p50', 'sky'), coloured('p95', 'blue'), coloured('p99', 'purple')];

const failedTries = `sum(${rate('hangup_upstream_tries_total', `${tried}, status=~"5.."`)})`;
const allTries = `sum(${rate('hangup_upstream_tries_total', tried)})`;

const numbers = {
  title: 'Is it the upstream?',
  panels: [
    stat({
      title: 'Near the read timeout', width: 6, unit: 'percentunit', limits: [0.05],
      queries: [[`sum(${rate('hangup_upstream_near_timeout_total', timed)}) / (sum(${rate('hangup_upstream_header_duration_seconds_count', finished)}) > 0)`, 'of the answers']],
      description: 'Share of the answers whose header took two thirds of the read timeout that nginx has for their location. Bad: above 5 %, the 504s are next. Next: **Response time against its timeout**.',
      runbooks: ['NginxUpstreamNearTimeout'],
    }),
    stat({
      title: 'Upstream timeouts', width: 6, unit: 'ops', limits: [0.02], queries: [[`sum(${rate('hangup_upstream_timeouts_total', tried)})`, 'timeouts']],
      description: 'Times nginx lost patience with an upstream. Bad: any that stay. Next: **Timeouts by phase**, for the phase is the cause.',
      runbooks: ['NginxUpstreamTimeouts', 'NginxUpstreamConnectTimeouts'],
    }),
    stat({
      title: 'Upstream failures', width: 6, unit: 'ops', limits: [0.02], queries: [[`sum(${rate('hangup_upstream_failures_total', tried)})`, 'failures']],
      description: 'Upstreams that refused, reset or were not there. Bad: any that stay. Next: **Failures by kind**.',
      runbooks: ['NginxUpstreamDown'],
    }),
    stat({
      title: 'Failed tries', width: 6, unit: 'percentunit', limits: [0.01, 0.05], queries: [[`${failedTries} / (${allTries} > 0)`, 'of all tries']],
      description: 'Share of tries that the upstream ended, or nginx ended for it, with a 5xx. Bad: above what clients see as 5xx, for then retries hide it. Next: **Tries by status**.',
    }),
    timeseries({
      title: 'Response time against its timeout', width: 12, unit: 's', queries: against(response, finished, 'proxy_read_timeout'), overrides: shades,
      description: 'Tries that the client did not cut off. Bad: p95 bends towards the dashed line; when they meet, 499s become 504s. Flat while users leave: it is not the upstream, next is **Leaving against the timeouts**. Else next: **Response time by upstream**.',
      runbooks: ['NginxUpstreamNearTimeout', 'NginxClientsImpatient'],
    }),
    heatmap({
      title: 'Response time of tries', width: 12, unit: 's', queries: [[`sum by (le) (increase(${response}_bucket{${finished}}[$__rate_interval]))`, '{{le}}']],
      description: 'Bad: a second band above the usual one is a part of the requests that is slow: one endpoint, or one server. Next: **Response time by upstream**. Needs classic buckets (scrape_classic_histograms).',
    }),
    timeseries({
      title: 'Response time by upstream', width: 12, unit: 's', queries: [[quantile(0.95, 'upstream', response, finished), '{{upstream}}']],
      description: 'p95 of each upstream server. Bad: one above the others: that server. All together: what they share (a database), or the endpoint in **Routes: abandoned against completed**.',
    }),
    timeseries({
      title: 'Header time by upstream', width: 12, unit: 's', queries: [[quantile(0.95, 'upstream', 'hangup_upstream_header_duration_seconds', timed), '{{upstream}}']],
      description: 'p95 until the first byte of the answer. As long as the response time: the application thinks. Much shorter: the answer is large or the way slow, next is **Retransmitted segments**.',
    }),
  ],
};

const handshake = {
  title: 'Connect, or read?',
  panels: [
    timeseries({
      title: 'Timeouts by phase', width: 12, unit: 'ops', bars: true, stack: true, queries: [[rates('phase', 'hangup_upstream_timeouts_total', tried), '{{phase}}']],
      overrides: [coloured('connect', 'red'), coloured('tls', 'purple'), coloured('header', 'orange'), coloured('body', 'yellow'), coloured('send', 'purple'), coloured('upgraded', 'blue')],
      description: 'From error.log. Connect or tls: network, firewall, conntrack or a full accept queue, next is **Connect time against its timeout**. Header or body: the application is slow, next is **Response time by upstream**. Upgraded: idle WebSockets, no failure.',
      runbooks: ['NginxUpstreamConnectTimeouts', 'NginxUpstreamTimeouts'],
    }),
    timeseries({
      title: 'Connect time against its timeout', width: 12, unit: 's', queries: against('hangup_upstream_connect_duration_seconds', timed, 'proxy_connect_timeout'), overrides: shades,
      description: 'A handshake takes one round trip. Bad: 1 s, 3 s, 7 s are SYNs sent again, so one was dropped: next are **Listen queue drops** and **Conntrack drops**. A handshake that never ended has no time here and stands in **Timeouts by phase**.',
      runbooks: ['NginxUpstreamConnectTimeouts'],
    }),
    timeseries({
      title: 'Round trips', width: 12, unit: 's', log: true,
      queries: [[`hangup_upstream_tcp_rtt_seconds{${tried}}`, '{{upstream}} on {{instance}}'], [limit('proxy_connect_timeout'), 'proxy_connect_timeout']],
      overrides: [limitLine('.*_timeout')],
      description: 'What the kernel measures on the open connections (tcp_info). Bad: the connect timeout is less than three round trips above a line, then one lost packet fails a handshake; far above it, a dead server is waited for. One line that rises alone is the way to that server. Next: **Segments sent again to upstreams**.',
      runbooks: ['NginxUpstreamConnectTimeouts'],
    }),
    timeseries({
      title: 'Segments sent again to upstreams', width: 12, unit: 'percentunit', limits: [0.001],
      queries: [[`hangup_upstream_tcp_retransmitted_segments{${tried}} / (hangup_upstream_tcp_sent_segments{${tried}} > 0)`, '{{upstream}} on {{instance}}']],
      description: 'Share of the segments that had to be sent again, on the connections open now. Bad: above 0.1 %, the way to that upstream loses packets. All upstreams together: this host, next is **Retransmitted segments**.',
      runbooks: ['NetworkLossHigh'],
    }),
    timeseries({
      title: 'Handshakes without an answer', width: 12, unit: 'none',
      queries: [[`hangup_upstream_tcp_unanswered_syns{${tried}}`, '{{upstream}} on {{instance}}']],
      description: 'Connections being opened whose first packet was sent again. Bad: any that stay: nobody there, a firewall that drops, or a full queue. Next: **Connect time against its timeout**.',
      runbooks: ['NginxUpstreamConnectTimeouts'],
    }),
    timeseries({
      title: 'Timeouts by upstream', width: 12, unit: 'ops', stack: true, queries: [[rates('upstream, phase', 'hangup_upstream_timeouts_total', tried) + ' > 0', '{{upstream}}, {{phase}}']],
      description: 'Bad: one server alone is that server or the way to it. All of them: the host or the network, next is **Conntrack fill**.',
      runbooks: ['NginxUpstreamConnectTimeouts', 'NginxUpstreamTimeouts'],
    }),
    timeseries({
      title: 'Failures by kind', width: 12, unit: 'ops', stack: true, queries: [[rates('kind', 'hangup_upstream_failures_total', tried), '{{kind}}']],
      overrides: [coloured('refused', 'orange'), coloured('no_live', 'red'), coloured('reset', 'blue')],
      description: 'Not timeouts: refused is nobody listening, no_live is every server marked as failed, reset and closed_early is an application that died in between. Next: **By upstream**.',
      runbooks: ['NginxUpstreamDown'],
    }),
  ],
};

const tries = {
  title: 'Tries and retries',
  panels: [
    timeseries({
      title: 'Tries by status', width: 12, unit: 'ops', stack: true, queries: [[rates('status', 'hangup_upstream_tries_total', tried), '{{status}}']],
      overrides: [coloured('none', 'orange'), coloured('200', 'green'), coloured('502', 'red'), coloured('504', 'purple')],
      description: 'What each try ended with ($upstream_status). none: no status came, mostly because the client left first. Bad: 502 and 504 grow. Next: **Tries for each request**.',
    }),
    timeseries({
      title: 'Tries for each request', width: 12, unit: 'none',
      queries: [[`sum(${rate('hangup_upstream_tries_total', one)}) / (sum(${rate('hangup_http_requests_total', one)}) > 0)`, 'tries for each request']],
      description: 'Usually 1, less where nginx answers some requests itself. Bad: a rise means that nginx tries again (proxy_next_upstream), so every failure is paid for twice. Next: **Failures by kind**.',
    }),
    timeseries({
      title: 'Keep-alive races', width: 12, unit: 'ops', bars: true,
      queries: [[rates('upstream', 'hangup_upstream_keepalive_races_total', tried), '{{upstream}}']],
      description: 'Tries that failed within 10 ms on a connection that was open already: the upstream closed it just then. Bad: any that stay. The upstream\'s keep-alive time has to be longer than nginx\'s keepalive_timeout (60 s unless set). Next: **Failures by kind**, which shows them as closed_early or reset.',
      runbooks: ['NginxUpstreamDown'],
    }),
    timeseries({
      title: 'Idle connections', width: 12, unit: 's',
      queries: [
        [`hangup_upstream_tcp_idle_seconds{${tried}}`, '{{upstream}} on {{instance}}, longest idle'],
        [`hangup_upstream_keepalive_timeout_seconds{${tried}}`, '{{upstream}} on {{instance}}, keepalive_timeout'],
      ],
      overrides: [limitLine('.*keepalive_timeout')],
      description: 'How long idle connections last, against how long nginx would keep them (dashed). Bad: a line that never comes above, say, 5 s, far below the dashed one: the upstream closes first, and **Keep-alive races** follow. Raise its keep-alive time above nginx\'s, or lower keepalive_timeout.',
    }),
    table({
      title: 'By upstream', width: 24, height: 8, unit: 'short', by: 'upstream', sortBy: 'failed', link: { title: 'Only this upstream', dashboard: 'hangup-upstreams' },
      queries: [
        [rates('upstream', 'hangup_upstream_tries_total', tried), 'tries'],
        [`${rates('upstream', 'hangup_upstream_tries_total', `${tried}, status=~"5.."`)} / (${rates('upstream', 'hangup_upstream_tries_total', tried)} > 0)`, 'failed'],
        [quantile(0.95, 'upstream', 'hangup_upstream_connect_duration_seconds', timed), 'p95 to connect'],
        [quantile(0.95, 'upstream', response, finished), 'p95 to respond'],
        [rates('upstream', 'hangup_upstream_timeouts_total', tried), 'timeouts'],
        [rates('upstream', 'hangup_upstream_failures_total', tried), 'failures'],
      ],
      columns: {
        tries: { unit: 'ops' }, failed: { unit: 'percentunit', limits: [0.01, 0.05] }, 'p95 to connect': { unit: 's', limits: [0.5, 1] },
        'p95 to respond': { unit: 's' }, timeouts: { unit: 'ops', limits: [0.02] }, failures: { unit: 'ops', limits: [0.02] },
      },
      description: 'One line for each upstream server; a name without a port is the whole group (no live server). Bad: red. Next: that server itself, or **Timeouts by upstream** for when it began.',
      runbooks: ['NginxUpstreamDown'],
    }),
  ],
};

export default dashboard(
  'hangup-upstreams', 'Upstreams', 'Which upstream is slow, times out or fails, and in which phase.', [...INSTANCES, SERVER, UPSTREAM], [numbers, handshake, tries],
);
