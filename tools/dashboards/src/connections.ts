// Connections and host: nginx's slots, and the kernel under them.

import { dashboard, INSTANCES } from './dashboard.js';
import { coloured, limitLine, rightAxis, stat, table, timeseries } from './panels.js';
import { one, rate, rates } from './select.js';

const by = 'by (instance)';
/** A proxied request that is being worked on holds a second slot, towards its upstream. */
const slots = `(sum ${by} (nginx_connections_active{${one}}) + sum ${by} (nginx_connections_writing{${one}})) / (sum ${by} (hangup_nginx_connections_limit{${one}}) > 0)`;
const conntrack = `hangup_conntrack_entries{${one}} / (hangup_conntrack_entries_limit{${one}} > 0)`;
const queue = `hangup_listen_queue_length_peak{${one}} / (hangup_listen_queue_limit{${one}} > 0)`;
const loss = `sum ${by} (${rate('hangup_tcp_retrans_segs_total', one)}) / (sum ${by} (${rate('hangup_tcp_out_segs_total', one)}) > 0)`;
/** One line for each of several counters of the kernel, named after it. */
const counters = (names: string[]): [string, string][] => names.map((name) => [rates('instance', `hangup_${name}_total`, one), `${name}, {{instance}}`]);

const numbers = {
  title: 'What is full?',
  panels: [
    stat({
      title: 'nginx answers', width: 4, unit: 'none', mustBeUp: true, queries: [[`min(nginx_up{${one}})`, 'stub_status']],
      description: 'Up while every status page answers. Bad: down, then nginx is down or has no slot left even for this. Next: **Connection slots**.', runbooks: ['NginxUnreachable'],
    }),
    stat({
      title: 'Slots taken', width: 4, unit: 'percentunit', limits: [0.6, 0.8], queries: [[`max(${slots})`, 'of the limit']],
      description: 'The fullest instance. Bad: above 80 %. Next: **Connection slots**.', runbooks: ['NginxConnectionSlotsLow'],
    }),
    stat({
      title: 'Turned away', width: 4, unit: 'cps', limits: [0.001], queries: [[`sum(${rate('hangup_nginx_connections_dropped_total', one)})`, 'dropped']],
      description: 'Connections accepted and dropped for want of a slot. Bad: any. Next: **Dropped connections**.', runbooks: ['NginxConnectionsDropped'],
    }),
    stat({
      title: 'Conntrack taken', width: 4, unit: 'percentunit', limits: [0.8, 0.95], queries: [[`max(${conntrack})`, 'of the limit']],
      description: 'The fullest table. Bad: orange above 80 %; when it is full, packets of new connections vanish. Next: **Conntrack fill**.', runbooks: ['ConntrackNearlyFull'],
    }),
    stat({
      title: 'Accept queue taken', width: 4, unit: 'percentunit', limits: [0.8], queries: [[`max(${queue})`, 'of the limit, at its peak']],
      description: 'The fullest accept queue of any listening socket within a minute. Bad: above 80 %. Next: **Accept queues**.', runbooks: ['AcceptQueueNearlyFull'],
    }),
    stat({
      title: 'Segments sent again', width: 4, unit: 'percentunit', limits: [0.001], queries: [[`max(${loss})`, 'retransmitted']],
      description: 'Loss on the way to clients or upstreams. Bad: above 0.1 %. Next: **Retransmitted segments**.', runbooks: ['NetworkLossHigh'],
    }),
  ],
};

const nginx = {
  title: "nginx's slots",
  panels: [
    timeseries({
      title: 'Connections by state', width: 12, unit: 'none', stack: true,
      queries: [
        [`sum(nginx_connections_reading{${one}})`, 'reading'], [`sum(nginx_connections_writing{${one}})`, 'writing'], [`sum(nginx_connections_waiting{${one}})`, 'waiting'],
      ],
      overrides: [coloured('reading', 'purple'), coloured('writing', 'orange'), coloured('waiting', 'green')],
      description: 'Writing: waits for an upstream or sends. Reading: the client is still sending its head. Waiting: idle. Bad: writing swells, next is **Writing against the request rate**; reading swells, next is **Slow clients**.',
      runbooks: ['NginxWritingDominates', 'NginxSlowClients'],
    }),
    timeseries({
      title: 'Writing against the request rate', width: 12, unit: 'percentunit', limits: [0.5],
      queries: [
        [`sum(nginx_connections_writing{${one}}) / (sum(nginx_connections_active{${one}}) > 0)`, 'writing of active'],
        [`sum(${rate('nginx_http_requests_total', one)})`, 'requests'],
      ],
      overrides: [rightAxis('requests', 'reqps'), coloured('writing of active', 'orange'), coloured('requests', 'blue')],
      description: 'Bad: writing above half of active while requests are flat or fall: stuck, not busy. Both rise: just more traffic. Next: **Response time against its timeout**.',
      runbooks: ['NginxWritingDominates'],
    }),
    timeseries({
      title: 'Connection slots', width: 12, unit: 'percentunit', limits: [0.8], queries: [[slots, '{{instance}}']],
      description: 'worker_connections x worker_processes that are taken; a request that waits for an upstream takes two. Bad: above 80 %, then drops follow. Next: **Dropped connections**, and what holds the slots in **Connections by state**.',
      runbooks: ['NginxConnectionSlotsLow'],
    }),
    timeseries({
      title: 'Dropped connections', width: 12, unit: 'cps',
      queries: [
        [rates('instance', 'hangup_nginx_connections_dropped_total', one), 'dropped, {{instance}}'],
        [rates('instance', 'nginx_connections_accepted', one), 'accepted, {{instance}}'],
        [rates('instance', 'nginx_connections_handled', one), 'handled, {{instance}}'],
      ],
      overrides: [coloured('dropped.*', 'red'), coloured('accepted.*', 'blue'), coloured('handled.*', 'green')],
      description: 'Bad: handled falls below accepted, the gap is dropped. The 499s at that time are its symptom. Next: **Run out**.',
      runbooks: ['NginxConnectionsDropped'],
    }),
    timeseries({
      title: 'Run out', width: 12, unit: 'ops', stack: true, queries: [[rates('resource', 'hangup_nginx_exhausted_total', one), '{{resource}}'], [rates('kind', 'hangup_nginx_failures_total', one), 'failed: {{kind}}']],
      overrides: [coloured('worker_connections', 'red')],
      description: 'What error.log says nginx had none left of, and what it failed at (a worker that died, a system call). Bad: any. worker_connections: raise it, or free what holds the slots. open_files: worker_rlimit_nofile. ports: keepalive to upstreams. Next: **Connection slots**.',
      runbooks: ['NginxConnectionsDropped'],
    }),
    timeseries({
      title: 'Slow clients', width: 12, unit: 'ops', stack: true, queries: [[rates('kind', 'hangup_client_failures_total', `${one}, kind=~"timed_out.*"`), '{{kind}}']],
      overrides: [coloured('timed_out_request', 'purple'), coloured('timed_out_body', 'orange')],
      description: 'Clients that nginx stopped waiting for, in the words of error.log at level info: they send too slowly (timed_out_request, timed_out_body) or read too slowly (timed_out_send), and hold slots meanwhile, see Reading in **Connections by state**. Those that left by themselves are in **How clients left**.',
      runbooks: ['NginxSlowClients'],
    }),
  ],
};

const tracking = {
  title: 'Connection tracking',
  panels: [
    timeseries({
      title: 'Conntrack fill', width: 12, unit: 'percentunit', limits: [0.8, 0.95], max: 1, queries: [[conntrack, '{{instance}}']],
      description: 'Entries of nf_conntrack_max. Bad: 80 % is time to act, at 100 % new connections are dropped without a word while the CPU idles. Next: **Conntrack drops**.',
      runbooks: ['ConntrackNearlyFull'],
    }),
    timeseries({
      title: 'Conntrack drops', width: 12, unit: 'pps', queries: counters(['conntrack_insert_failed', 'conntrack_drop', 'conntrack_early_drop', 'conntrack_error', 'conntrack_invalid']),
      description: 'Bad: insert_failed, drop or early_drop above 0: each is a packet or a connection that vanished, and shows elsewhere as a connect timeout in **Timeouts by phase**. invalid alone is mostly late packets. Next: **Conntrack entries**.',
      runbooks: ['ConntrackDropping'],
    }),
    timeseries({
      title: 'Conntrack entries', width: 12, height: 8, unit: 'short',
      queries: [[`hangup_conntrack_entries{${one}}`, 'entries, {{instance}}'], [`hangup_conntrack_entries_limit{${one}}`, 'limit, {{instance}}'], [`hangup_conntrack_buckets{${one}}`, 'buckets, {{instance}}']],
      overrides: [limitLine('limit.*'), limitLine('buckets.*', 'blue')],
      description: 'Bad: entries reach the limit. The limit far above the buckets makes lookups slow. Next: **Limits of the kernel** for the timeouts that keep entries alive.',
      runbooks: ['ConntrackNearlyFull'],
    }),
    timeseries({
      title: 'Kernel messages', width: 12, height: 8, unit: 'suffix: messages/s', queries: [[rates('message', 'hangup_kernel_messages_total', one), '{{message}}']],
      description: 'The kernel itself says that the conntrack table is full, or that it sees a SYN flood. Bad: any; it is the proof. Next: **Conntrack fill** or **SYN queue**.',
      runbooks: ['ConntrackDropping', 'SynQueueDropping'],
    }),
  ],
};

const queues = {
  title: 'Accept and SYN queues',
  panels: [
    timeseries({
      title: 'Accept queues', width: 12, unit: 'percentunit', limits: [0.8], queries: [[queue, '{{address}}:{{port}}, {{instance}}']],
      description: 'The longest each accept queue was within a minute, of its limit (the lesser of backlog and somaxconn). Bad: above 80 %: that program accepts too slowly. Next: **Listen queue drops**.',
      runbooks: ['AcceptQueueNearlyFull'],
    }),
    timeseries({
      title: 'Listen queue drops', width: 12, unit: 'pps', queries: counters(['tcp_listen_overflows', 'tcp_listen_drops']),
      description: 'Handshakes dropped because an accept queue was full (overflows), or for any reason (drops). Bad: any that stay; the client sends again after 1 s, 3 s, 7 s, and no log has a line. Next: **Accept queues** for whose queue.',
      runbooks: ['AcceptQueueOverflowing'],
    }),
    timeseries({
      title: 'Accept queue length', width: 12, height: 8, unit: 'none',
      queries: [
        [`sum by (port) (hangup_listen_queue_length{${one}})`, ':{{port}} now'], [`sum by (port) (hangup_listen_queue_length_peak{${one}})`, ':{{port}} peak'],
      ],
      description: 'Connections that wait for accept(). Bad: a queue that does not return to 0 between bursts. Next: **Accept queues** for how much of the limit that is.',
      runbooks: ['AcceptQueueNearlyFull'],
    }),
    timeseries({
      title: 'SYN queue', width: 12, height: 8, unit: 'pps', queries: counters(['tcp_req_q_full_drop', 'tcp_req_q_full_do_cookies', 'tcp_syncookies_sent', 'tcp_syncookies_recv', 'tcp_syncookies_failed']),
      description: 'Handshakes that found no place before they were complete. Bad: any; a flood, or tcp_max_syn_backlog is too small. Next: **Limits of the kernel**.',
      runbooks: ['SynQueueDropping'],
    }),
    timeseries({
      title: "Connections of nginx's ports", width: 24, height: 8, unit: 'none', stack: true, queries: [[`sum by (side, state) (hangup_tcp_connections{${one}}) > 0`, '{{side}}, {{state}}']],
      description: 'Bad: syn_sent towards upstreams is handshakes without an answer; close_wait is a program that does not close; time_wait in the tens of thousands runs out of ports. Next: **Timeouts by phase**.',
    }),
  ],
};

const network = {
  title: 'Network',
  panels: [
    timeseries({
      title: 'Retransmitted segments', width: 12, unit: 'percentunit', limits: [0.001], queries: [[loss, '{{instance}}']],
      description: 'Segments sent again, of those sent. Bad: above 0.1 %, the path loses packets and short 499s follow. Next: **Retransmissions and failed connections** for what is lost.',
      runbooks: ['NetworkLossHigh', 'NginxClientsCutOff'],
    }),
    timeseries({
      title: 'Retransmissions and failed connections', width: 12, unit: 'pps',
      queries: counters(['tcp_syn_retrans', 'tcp_timeouts', 'tcp_abort_on_timeout', 'tcp_attempt_fails', 'tcp_estab_resets']),
      description: 'syn_retrans: handshakes without an answer (firewall, conntrack, full queue). estab_resets: connections cut in the middle (balancer, firewall). Bad: a rise together with **Timeouts by phase** or **Long or short**. Next: **Drops before any socket**.',
      runbooks: ['NetworkLossHigh'],
    }),
    timeseries({
      title: 'Aborted connections', width: 12, unit: 'cps',
      queries: counters(['tcp_abort_on_data', 'tcp_abort_on_close', 'tcp_abort_on_memory', 'tcp_abort_on_linger', 'tcp_backlog_drop']),
      description: 'Connections this host ended with a reset. on_data and on_close: a program closed with data unread, which the peer sees as a cut answer. on_memory: tcp_mem is used up. backlog_drop: a socket could not keep up. Bad: a rise. Next: **Left, but not with a 499**.',
    }),
    timeseries({
      title: 'Drops before any socket', width: 12, unit: 'pps',
      queries: [...counters(['softnet_dropped', 'softnet_squeezed']), [rates('instance, device', 'hangup_netdev_receive_drop_total', one), '{{device}} dropped, {{instance}}']],
      description: 'Packets that reached the host and no program. Bad: softnet_dropped (netdev_max_backlog) or a device that drops (ring too small). squeezed alone says a CPU is busy. Next: **Limits of the kernel**.',
      runbooks: ['ReceiveDrops'],
    }),
    table({
      title: 'Limits of nginx', width: 12, height: 9, unit: 'none', by: 'directive', sortBy: 'value', columns: { value: { unit: 'none' } },
      queries: [[
        [
          `max by (instance, directive) (hangup_nginx_limit{${one}})`,
          `max by (instance, directive) (label_replace(hangup_nginx_listen_backlog{${one}}, "directive", "backlog of port $1", "port", "(.*)"))`,
          `max by (instance, directive) (label_replace(hangup_nginx_proxied_requests_limit{${one}}, "directive", "requests proxied at once", "", ""))`,
        ].join(' or '),
        'value',
      ]],
      description: 'From nginx.conf. A proxied request takes two slots, so nginx can proxy half as many requests as it has slots. Bad: that number near what **Connections by state** shows as writing, or a backlog above net.core.somaxconn in **Limits of the kernel**, for the smaller one counts.',
      runbooks: ['NginxConnectionSlotsLow'],
    }),
    table({
      title: 'Limits of the kernel', width: 12, height: 9, unit: 'none', by: 'name', sortBy: 'value', columns: { value: { unit: 'none' } },
      queries: [[`max by (instance, name) (hangup_sysctl{${one}})`, 'value']],
      description: 'What decides whether a connection gets in. Bad: somaxconn 128 or tcp_max_syn_backlog 128 on a busy host; an established timeout of 432000 s (5 days) keeps dead connections in the table. Next: **Conntrack fill**.',
      runbooks: ['AcceptQueueOverflowing', 'ConntrackNearlyFull'],
    }),
  ],
};

export default dashboard(
  'hangup-connections', 'Connections and host', "nginx's connection slots, and the kernel under them: tracking, queues, loss.", INSTANCES, [numbers, nginx, tracking, queues, network],
);
