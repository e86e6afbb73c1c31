// Abandonment: is it real, who gave up, when, on which route, and what do the rules say of it.

import { dashboard, INSTANCES, ROUTE, SERVER } from './dashboard.js';
import { coloured, heatmap, limitLine, rightAxis, stat, table, timeline, timeseries } from './panels.js';
import { told } from './inhibited.js';
import { one, quantile, rate, rates, routed, site } from './select.js';

const GATEWAY = 'status=~"502|503|504|520|521|522|523|524|525|526|527|598|599"';
const DURATION = 'hangup_http_request_duration_seconds';

const USERS = 'agent!~"probe|ignored"';

/** 499s of users over requests of users: probes and ignored routes count on neither side, as in the rules. */
function ratio(by: string, matchers: string): string {
  const sum = (metric: string, more: string) => (by ? rates(by, metric, matchers + more) : `sum(${rate(metric, matchers + more)})`);
  return `${sum('hangup_http_abandoned_total', ', agent="user"')} / (${sum('hangup_http_requests_total', `, ${USERS}`)} > 0)`;
}

const firing = told(one, new URL('../../../alerts/alertmanager.yml', import.meta.url));

const isItReal = {
  title: 'Is it real?',
  panels: [
    stat({
      title: 'Abandonment', width: 4, unit: 'percentunit', limits: [0.01, 0.05], queries: [[ratio('', site), '499s of users']],
      description: 'Share of users who left before the answer (499). Bad: orange above 1 %, red above 5 %. Next: **Abandonment ratio** for how long it has gone on.',
      runbooks: ['NginxClientsAbandoning', 'NginxAbandonmentOutage'],
    }),
    stat({
      title: 'Requests', width: 4, unit: 'reqps', queries: [[`sum(${rate('hangup_http_requests_total', site)})`, 'requests']],
      description: 'Everything that reached the access log. Bad: it falls while **Abandonment** climbs, since requests that wait are not logged yet. Next: **Writing against the request rate**.',
    }),
    stat({
      title: 'Gateway errors', width: 4, unit: 'percentunit', limits: [0.01, 0.05],
      queries: [[`sum(${rate('hangup_http_requests_total', `${site}, ${USERS}, ${GATEWAY}`)}) / (sum(${rate('hangup_http_requests_total', `${site}, ${USERS}`)}) > 0)`, '502 503 504 52x 598 599']],
      description: 'Share of requests that ended in a timeout or an upstream that failed. Bad: above 1 %. Next: **Who gave up, and in which phase**.',
      runbooks: ['NginxGatewayErrors'],
    }),
    stat({
      title: 'Had waited', width: 4, unit: 'percentunit', max: 1, neutral: true,
      queries: [[`sum(${rate('hangup_http_abandoned_total', `${site}, patience="long"`)}) / (sum(${rate('hangup_http_abandoned_total', site)}) > 0)`, 'long']],
      description: 'Share of the 499s whose client had waited a second or more. Near 100 %: patience ran out, something is slow. Near 0 %: something cut the connection. Next: **Long or short**.',
    }),
    stat({
      title: 'Busiest source', width: 4, unit: 'percentunit', limits: [0.5], queries: [[`max(hangup_http_abandoned_busiest_source_ratio{${site}})`, 'of the 499s']],
      description: 'Share of the recent 499s that came from one address. Bad: above half, then it is one probe, proxy or client and not your users. Next: **Busiest source by kind**; the address stands on the page of the exporter.',
      runbooks: ['NginxProbeNoise'],
    }),
    stat({
      title: 'Alerts that fire', width: 4, unit: 'none', limits: [1], queries: [[`count(${firing}) or vector(0)`, 'alerts']],
      description: 'How many alerts fire for these instances, without those that the shipped Alertmanager rules inhibit since another one explains them. Bad: any. Next: **Firing alerts** names them; the lowest layer that fires is the cause.',
    }),
    timeseries({
      title: 'Abandonment ratio', width: 12, unit: 'percentunit', limits: [0.01, 0.05],
      queries: [
        [ratio('server', site), '{{server}}'],
        [`max by (server) (instance_server:hangup_http_abandoned:ratio_rate5m{${site}})`, '{{server}}, as the alerts see it (5 min)'],
        [`max by (server, route) (hangup_slo_abandoned_ticket_ratio{${site}})`, '{{server}} {{route}} ticket, as configured'],
        [`max by (server, route) (hangup_slo_abandoned_page_ratio{${site}})`, '{{server}} {{route}} page, as configured'],
        [`max by (server, route) (hangup_slo_gateway_errors_page_ratio{${site}})`, '{{server}} {{route}} gateway errors page, as configured'],
      ],
      description: 'Users who left, by server, with the lines of the alerts: 1 % sustained means users are leaving, 5 % is an outage, or what is configured as normal here (slo). Bad: a climb that stays; a spike during a deploy is none. Next: **499 beside 5xx**, then **Long or short**. The second line needs the shipped recording rules.',
      runbooks: ['NginxClientsAbandoning', 'NginxAbandonmentOutage', 'NginxAbandonmentSpike'],
    }),
    timeseries({
      title: '499 beside 5xx', width: 12, unit: 'reqps',
      queries: [[rates('status', 'hangup_http_requests_total', `${routed}, status=~"499|408|5.."`), '{{status}}']],
      overrides: [coloured('499', 'orange'), coloured('504', 'purple'), coloured('502', 'red'), coloured('503', 'yellow'), coloured('408', 'blue'), coloured('500', 'grey')],
      description: 'The canary: users leave minutes before nginx loses patience. Bad: 499 rises alone first, 502 and 504 follow. 5xx without 499: the upstream fails fast, see **Failures by kind**. 408: see **Slow clients**. Next: **Who gave up, and in which phase**.',
      runbooks: ['NginxGatewayErrors'],
    }),
  ],
};

const whoGaveUp = {
  title: 'Who gave up, and how long had they waited?',
  panels: [
    timeseries({
      title: 'Who gave up, and in which phase', width: 12, unit: 'reqps', stack: true,
      queries: [[rates('party, phase, code', 'hangup_http_gave_up_total', routed), '{{party}} in {{phase}} ({{code}})']],
      description: 'Every request that somebody stopped waiting for. Client in response: slow upstream, go to **Response time against its timeout**. Anybody in connect: network, firewall, conntrack or a full queue, go to **Timeouts by phase**. Server in request: **Slow clients**. Upstream: **Failures by kind**.',
    }),
    timeseries({
      title: 'Long or short', width: 12, unit: 'reqps', stack: true,
      queries: [[rates('patience, agent', 'hangup_http_abandoned_total', site), '{{patience}}, {{agent}}']],
      overrides: [coloured('long, user', 'orange'), coloured('short, user', 'red'), coloured('long, probe', 'sky'), coloured('short, probe', 'blue')],
      description: 'The most important split. Long: users ran out of patience, next is **Response time against its timeout**. Short: something cut the connection before anybody could lose patience, next is **Retransmitted segments**. Probe: a health check with too little patience, no user suffers. Unknown: the log format lacks $request_time; `hangup check` prints the line to paste.',
      runbooks: ['NginxClientsImpatient', 'NginxClientsCutOff', 'NginxProbeNoise'],
    }),
  ],
};

const when = {
  title: 'When do they leave?',
  panels: [
    heatmap({
      title: 'Request time of the 499s', width: 12, unit: 's', queries: [[`sum by (le) (increase(${DURATION}_bucket{${routed}, outcome="abandoned"}[$__rate_interval]))`, '{{le}}']],
      description: 'How long those who left had waited. Bad: one dark row, which is a timer and not people: compare with the timeouts in **Leaving against the timeouts**, on the right. Dark at the bottom: cut connections. Needs classic buckets: with native histograms scraped, set scrape_classic_histograms (always_scrape_classic_histograms since Prometheus 3).',
    }),
    timeseries({
      title: 'Leaving against the timeouts', width: 12, unit: 's', log: true,
      queries: [
        [quantile(0.5, '', DURATION, `${routed}, outcome="abandoned"`), 'half of the 499s had left by'],
        [quantile(0.9, '', DURATION, `${routed}, outcome="abandoned"`), '90 % of the 499s had left by'],
        [`max by (server) (hangup_http_abandoned_cliff_seconds{${site}})`, 'cliff of {{server}}'],
        [`max by (directive) (hangup_nginx_timeout_seconds{${site}, directive=~"proxy_read_timeout|proxy_connect_timeout|send_timeout"})`, '{{directive}}'],
      ],
      overrides: [limitLine('.*_timeout'), coloured('proxy_connect_timeout', 'blue'), coloured('send_timeout', 'yellow'), coloured('half.*', 'yellow'), coloured('90 .*', 'orange'), coloured('cliff.*', 'purple')],
      description: 'When users leave, beside what nginx.conf allows (dashed). Bad: both quantiles and the cliff meet at one value below proxy_read_timeout: somebody in front (balancer, CDN, client library) gives up first. Next: **Cliff**.',
      runbooks: ['NginxTimeoutCliff', 'TimeoutsMisaligned'],
    }),
    timeseries({
      title: 'Cliff', width: 12, height: 8, unit: 'percentunit', limits: [0.5], max: 1,
      queries: [[`hangup_http_abandoned_cliff_ratio{${site}}`, '{{server}} on {{instance}}']],
      description: 'Share of the recent 499s at one and the same request time. Bad: above half, for then a timer hangs up; at which second stands in **Leaving against the timeouts**. Next: whose timeout is that? TimeoutsMisaligned says how to align the chain.',
      runbooks: ['NginxTimeoutCliff', 'TimeoutsMisaligned'],
    }),
    timeseries({
      title: 'On the beat of the clock', width: 12, height: 8, unit: 'percentunit', limits: [0.5], max: 1,
      queries: [
        [`max by (server) (hangup_http_abandoned_period_ratio{${site}})`, '{{server}}, share on the beat'],
        [`max by (server) (hangup_http_abandoned_period_seconds{${site}})`, '{{server}}, period'],
      ],
      overrides: [rightAxis('.*, period', 's')],
      description: 'Share of the last half hour\'s 499s that fell on one beat of wall-clock time, and the period on the right. Bad: above half, for then something in front of nginx restarts, reloads or reconnects every so often. Next: look for a job or a proxy of that period; **Cliff** has the same for the time waited.',
      runbooks: ['NginxClientsCutOff'],
    }),
    timeseries({
      title: 'Busiest source by kind', width: 12, height: 8, unit: 'percentunit', limits: [0.5], max: 1,
      queries: [[`max by (source_kind) (hangup_http_abandoned_busiest_source_ratio{${site}})`, '{{source_kind}}']],
      description: 'Share of the recent 499s from the single busiest address. Bad: loopback or private above half is a health check or an inner proxy; public above half is one impatient client. Next: **Long or short**; name the probe under `probes` to leave it out of the rate.',
      runbooks: ['NginxProbeNoise'],
    }),
  ],
};

const which = {
  title: 'Which route?',
  panels: [
    table({
      title: 'Routes: abandoned against completed', width: 24, height: 9, unit: 'short', by: 'route', sortBy: 'abandoned', link: { title: 'Only this route', dashboard: 'hangup-abandonment' },
      queries: [
        [rates('route', 'hangup_http_requests_total', routed), 'requests'],
        [ratio('route', routed), 'abandoned'],
        [quantile(0.95, 'route', DURATION, `${routed}, outcome="ok"`), 'p95 of completed'],
        [`${rates('route', `${DURATION}_sum`, `${routed}, outcome="ok"`)} / (${rates('route', `${DURATION}_count`, `${routed}, outcome="ok"`)} > 0)`, 'mean of completed'],
        [`${rates('route', `${DURATION}_sum`, `${routed}, outcome="abandoned"`)} / (${rates('route', `${DURATION}_count`, `${routed}, outcome="abandoned"`)} > 0)`, 'mean of abandoned'],
      ],
      columns: {
        requests: { unit: 'reqps' }, abandoned: { unit: 'percentunit', limits: [0.01, 0.05] }, 'p95 of completed': { unit: 's' },
        'mean of completed': { unit: 's' }, 'mean of abandoned': { unit: 's' },
      },
      description: 'The same endpoint, completed and abandoned. Bad: one route stands out, which is that endpoint; all alike is something they share. Next: choose the route above, then **Request time: abandoned against completed**.',
      runbooks: ['NginxClientsImpatient'],
    }),
    timeseries({
      title: 'Abandonment by route', width: 12, unit: 'reqps', stack: true,
      queries: [[`${rates('route', 'hangup_http_requests_total', `${routed}, status="499"`)} > 0`, '{{route}}']],
      description: 'Which endpoints the 499s fall on. Bad: one colour takes over. Next: **Routes: abandoned against completed**.',
    }),
    timeseries({
      title: 'Request time: abandoned against completed', width: 12, unit: 's',
      queries: [
        [quantile(0.95, 'outcome', DURATION, routed), 'p95, {{outcome}}'],
        [`sum(${rate(`${DURATION}_sum`, `${routed}, outcome="ok"`)}) / (sum(${rate(`${DURATION}_count`, `${routed}, outcome="ok"`)}) > 0)`, 'mean, ok'],
      ],
      overrides: [coloured('p95, ok', 'green'), coloured('mean, ok', 'sky'), coloured('p95, abandoned', 'orange'), coloured('p95, timeout', 'red')],
      description: 'Bad: completed requests (green) climb towards what users put up with (orange): the endpoint is slow. Green flat, orange high: few wait for something rare. Next: **Response time against its timeout**.',
      runbooks: ['NginxAbandonmentSpike'],
    }),
    timeseries({
      title: 'Abandoned by method', width: 12, height: 8, unit: 'reqps', stack: true,
      queries: [[rates('method', 'hangup_http_abandoned_total', site), '{{method}}']],
      description: 'Bad: POST, PUT or DELETE, for the upstream may have done what nobody was told about, and a retry does it again. Next: **Abandonment by route**.',
    }),
    timeseries({
      title: 'How clients left', width: 12, height: 8, unit: 'ops', stack: true, queries: [[`${rates('kind', 'hangup_client_failures_total', `${one}, kind!~"timed_out.*"`)} > 0`, '{{kind}}']],
      overrides: [coloured('closed_waiting', 'orange'), coloured('closed_connecting', 'red')],
      description: 'In the words of error.log at level info: in which phase they closed or broke the connection. closed_waiting: while they waited for the answer, next is **Long or short**. closed_connecting: before the upstream was even reached, next is **Timeouts by phase**. Those that were too slow are in **Slow clients**.',
    }),
    timeseries({
      title: 'Left, but not with a 499', width: 12, height: 8, unit: 'reqps', stack: true,
      queries: [[rates('phase, code', 'hangup_http_gave_up_total', `${routed}, party="client", code!="499"`), 'in {{phase}} ({{code}})']],
      description: 'Clients that left after the answer had begun (nginx logs its status, often 200) or while still sending (400). Bad: a rise in body is aborted downloads: slow network or large answers. Next: **Slow clients**.',
    }),
  ],
};

const rules = {
  title: 'What do the rules say, and who is affected?',
  panels: [
    timeline({
      title: 'Firing alerts', width: 12, unit: 'none', height: 10, on: 'fires', off: 'quiet', limits: [1],
      queries: [[`max by (alertname) (${firing})`, '{{alertname}}']],
      description: 'Without those that the shipped Alertmanager rules inhibit. Bad: any bar. Those that begin first and lie lowest (conntrack, accept queue, slots) are causes, those about abandonment are symptoms. Next: the runbook of the same name.',
    }),
    timeseries({
      title: 'Fleet: abandonment by instance', width: 12, height: 10, unit: 'percentunit', limits: [0.01, 0.05],
      queries: [[ratio('instance', site), '{{instance}}']],
      description: 'One instance above the others: that host, go to **Connection slots**. All together: what they share, go to **Response time by upstream**.',
    }),
  ],
};

export default dashboard(
  'hangup-abandonment', 'Abandonment', 'Users who stop waiting: is it real, who gave up, when, on which route. Read it from the top.',
  [...INSTANCES, SERVER, ROUTE], [isItReal, whoGaveUp, when, which, rules],
);
