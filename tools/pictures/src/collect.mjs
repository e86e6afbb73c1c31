// Runs the demo and a Prometheus through all incidents and writes down what every panel's queries answer.
// Knows: hangup, Prometheus, the variables of the dashboards. Does not know: how anything is drawn.
//
// usage: node src/collect.mjs HANGUP OUT.json

import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const repository = fileURLToPath(new URL('../../..', import.meta.url));
const [hangup, out] = process.argv.slice(2);
if (!out) throw new Error('usage: node src/collect.mjs HANGUP OUT.json');

/** Turns of the demo, 25 s each: all twelve, and the slow upstream once more, so that "now" is in trouble. */
const TURNS = 14;
/** Into the last turn, so that windows are full of it. */
const LAST_TURN_MS = 18_000;
const STEP_SECONDS = 1;
/**
 * Another hangup begins with each of these turns: what the exporter remembers of the last minutes (the cliff) is then
 * of that incident alone. One panel is drawn from it.
 */
const FRESH = { 'an intermediary cuts at 5 s': 'Cliff', 'one kind of client gives up at 10 s': 'Leaving against the timeouts' };
const VARIABLES = { $__rate_interval: '8s', $job: 'hangup', $instance: '.+', $server: '.*', $route: '.*', $upstream: '.*' };

const dir = mkdtempSync(join(tmpdir(), 'hangup-pictures-'));
const children = [];
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => { children.forEach((child) => child.kill()); process.exit(1); });
try {
  await main();
} finally {
  // They write until they are gone.
  await Promise.all(children.map((child) => new Promise((gone) => { child.once('exit', gone); child.kill() || gone(); })));
  rmSync(dir, { recursive: true, force: true });
}

async function main() {
  const [page, prometheus] = [await freePort(), await freePort()];
  const fresh = {};
  for (const turn of Object.keys(FRESH)) fresh[turn] = await freePort();
  const [state, host] = [join(dir, 'state'), join(dir, 'host')];
  const demo = start(hangup, ['demo', `--dir=${host}`, `--web.listen-address=127.0.0.1:${page}`, '--poll.interval=500ms', '--state.interval=2s', `--path.state=${state}`]);
  writeFileSync(join(dir, 'prometheus.yml'), config({ hangup: page, ...fresh }));
  start('prometheus', [`--config.file=${join(dir, 'prometheus.yml')}`, `--storage.tsdb.path=${join(dir, 'tsdb')}`, `--web.listen-address=127.0.0.1:${prometheus}`]);
  const turns = await watch(demo, (turn) => {
    if (fresh[turn]) start(hangup, [`--nginx.config=${host}/nginx.conf`, `--path.procfs=${host}/proc`, `--web.listen-address=127.0.0.1:${fresh[turn]}`]);
  });
  const range = { from: turns[0].at, to: Date.now() };
  const dashboards = [];
  for (const file of readdirSync(join(repository, 'dashboards')).sort()) {
    const dashboard = JSON.parse(readFileSync(join(repository, 'dashboards', file), 'utf8'));
    const [answers, ofFresh] = [{}, {}];
    for (const panel of dashboard.panels) {
      if (!panel.targets) continue;
      const asked = (variables) => Promise.all(panel.targets.map((target) => ask(prometheus, target, variables, range)));
      answers[panel.id] = await asked(VARIABLES);
      const turn = Object.keys(FRESH).find((turn) => FRESH[turn] === panel.title);
      if (turn) ofFresh[panel.id] = await asked({ ...VARIABLES, $job: turn });
    }
    dashboards.push({ name: file.replace('.json', ''), dashboard, answers, ofFresh });
  }
  writeFileSync(out, JSON.stringify({ range, turns, dashboards }));
}

/** Every turn of the demo and when it began; each is told as it begins. */
async function watch(demo, began) {
  const turns = [];
  for await (const line of createInterface({ input: demo.stdout })) {
    const title = /incident: (.*) — /.exec(line)?.[1];
    if (!title) continue;
    console.log(`${turns.length + 1} of ${TURNS}: ${title}`);
    turns.push({ title, at: Date.now() });
    began(title);
    if (turns.length === TURNS) break;
  }
  await new Promise((resolve) => setTimeout(resolve, LAST_TURN_MS));
  return turns;
}

async function ask(port, target, variables, { from, to }) {
  const query = Object.entries(variables).reduce((text, [name, value]) => text.replaceAll(name, value), target.expr);
  const when = target.instant ? { time: to / 1000 } : { start: from / 1000, end: to / 1000, step: STEP_SECONDS };
  const parameters = new URLSearchParams({ query, ...when });
  const answer = await fetch(`http://127.0.0.1:${port}/api/v1/${target.instant ? 'query' : 'query_range'}?${parameters}`);
  const { status, data, error } = await answer.json();
  if (status !== 'success') throw new Error(`${query}: ${error}`);
  return data.result.map(({ metric, value, values }) => ({ metric, values: values ?? [value] }));
}

/** The shipped rules; a minute is a few seconds, as the demo's incidents are that short. */
function config(ports) {
  const rules = ['hangup.rules.yml', 'hangup.alerts.yml'].map((name) => {
    const text = readFileSync(join(repository, 'alerts', name), 'utf8')
      .replace(/\[(\d+)m\]/g, (_, minutes) => `[${minutes * 3}s]`)
      .replace(/\[(\d+)h\]/g, (_, hours) => `[${hours * 60}s]`)
      .replace(/offset \d+m/g, 'offset 20s')
      .replace(/for: \d+[mh]/g, 'for: 2s');
    writeFileSync(join(dir, name), text);
    return join(dir, name);
  });
  return JSON.stringify({
    global: { scrape_interval: '2s', evaluation_interval: '2s' },
    rule_files: rules,
    scrape_configs: Object.entries(ports).map(([job_name, port]) => ({
      job_name,
      static_configs: [{ targets: [`127.0.0.1:${port}`] }],
      relabel_configs: [{ target_label: 'instance', replacement: 'web1:10499' }],
    })),
  });
}

function start(command, args) {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'ignore'] });
  children.push(child);
  return child;
}

function freePort() {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}
