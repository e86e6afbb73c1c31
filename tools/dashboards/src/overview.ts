// Overview: what is wrong, whom it hits, what it costs, and how much warning there was.

import { dashboard, INSTANCES, SERVER } from './dashboard.js';
import { stat, timeline, timeseries } from './panels.js';
import { one, rate, rates, site } from './select.js';

const GATEWAY = 'status=~"502|503|504|598|599|522|524"';
const users = 'agent!~"probe|ignored"';
const requests = `sum(${rate('hangup_http_requests_total', `${site}, ${users}`)}) > 0`;

const whatIsWrong = {
  title: 'What is wrong?',
  panels: [
    timeline({
      title: 'Diagnosis', width: 24, unit: 'none', height: 10, on: 'holds', off: 'no', limits: [1],
      queries: [[`max by (cause) (hangup_diagnosis{${one}})`, '{{cause}}']],
      description: 'What hangup itself finds: the causes that hold, by its own windows over the logs and the host. Bad: any bar; those that begin first are the causes of the others. `curl` to the exporter\'s port has the sentence, its evidence and the first fix. Next: **Firing alerts**.',
    }),
    stat({
      title: 'Users who leave', width: 5, unit: 'percentunit', limits: [0.01, 0.05],
      queries: [[`sum(${rate('hangup_http_abandoned_total', `${site}, agent="user"`)}) / (${requests})`, '499s of users']],
      description: 'Share of users who left before the answer. Bad: above 1 %, an outage above 5 %. Next: **Abandonment ratio**.', runbooks: ['NginxClientsAbandoning', 'NginxAbandonmentOutage'],
    }),
    stat({
      title: 'Users who get an error', width: 5, unit: 'percentunit', limits: [0.01, 0.05],
      queries: [[`sum(${rate('hangup_http_requests_total', `${site}, ${users}, ${GATEWAY}`)}) / (${requests})`, 'errors of gateways']],
      description: 'Share of requests that a gateway or an upstream failed. Bad: above 1 %. Next: **Who gave up, and in which phase**.', runbooks: ['NginxGatewayErrors'],
    }),
    stat({
      title: 'Warning', width: 5, unit: 's', neutral: true, negative: true,
      queries: [[`max(hangup_http_abandoned_lead_seconds{${site}})`, 'lead']],
      description: 'In the incident that is going on, or the last one: for how long users had been leaving when the errors came. Next: **Lead of the 499s**.',
    }),
    stat({
      title: 'Would leave within', width: 5, unit: 's', neutral: true,
      queries: [[`min(hangup_http_patience_seconds{${site}, quantile="0.05"})`, '5 % of the users']],
      description: 'The time by which 5 % of the users would have left, had nobody been answered; of the least patient server. Bad: answers that take longer. Next: **Patience**.',
    }),
    stat({
      title: 'Upstreams busy in vain', width: 4, unit: 'none', neutral: true,
      queries: [[`sum(${rate('hangup_upstream_wasted_seconds_total', site)})`, 'requests at any moment']],
      description: 'How many requests upstreams were working on, on average, for clients that had left. Next: **Work thrown away**.',
    }),
  ],
};

const whatItCosts = {
  title: 'What it costs, and how early it could be seen',
  panels: [
    timeseries({
      title: 'Work thrown away', width: 12, unit: 'none', stack: true,
      queries: [[rates('method_class, upstream', 'hangup_upstream_wasted_seconds_total', site), '{{upstream}}, {{method_class}} methods']],
      description: 'How many requests each upstream was working on, on average, for clients that had left. Bad: it grows with load, for then dead work holds up live work. Unsafe methods (POST, PUT, PATCH, DELETE): the work may have had effects nobody was told of. Next: **Abandonment by route**.',
      runbooks: ['NginxClientsImpatient'],
    }),
    timeseries({
      title: 'Patience', width: 12, unit: 's', log: true,
      queries: [[`max by (server, quantile) (hangup_http_patience_seconds{${site}})`, '{{server}}: {{quantile}} would have left']],
      description: 'When 5, 25 and 50 % of the users would have left had nobody been answered, estimated over all requests (an answered request is a censored observation). A property of the clients: compare it with **Response time against its timeout**. Bad: an answer time above the lowest line loses users; a line that falls is a new client with less patience.',
      runbooks: ['NginxClientsImpatient'],
    }),
    timeseries({
      title: 'Lead of the 499s', width: 12, unit: 's', negative: true,
      queries: [[`max by (server) (hangup_http_abandoned_lead_seconds{${site}})`, '{{server}}']],
      description: 'In the incident that is going on, or the last one: how long users had been leaving when the first 502s and 504s came. The time somebody could have been warned in; below zero the errors came first. Next: **499 beside 5xx**.',
      runbooks: ['NginxAbandonmentSpike'],
    }),
    timeseries({
      title: 'Work that may have had effects', width: 12, unit: 'none', stack: true,
      queries: [[`${rates('route', 'hangup_upstream_wasted_seconds_total', `${site}, method_class="unsafe"`)} > 0`, '{{route}}']],
      description: 'The same by route, of POST, PUT, PATCH and DELETE only: upstreams may have done what nobody was told of, and a retry does it again. Bad: any route that pays or orders. Next: **Abandoned by method**.',
    }),
  ],
};

export default dashboard(
  'hangup-overview', 'Overview', 'What is wrong, whom it hits, what it costs. Read it first.', [...INSTANCES, SERVER], [whatIsWrong, whatItCosts],
);
