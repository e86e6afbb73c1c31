// Draws what was collected: each dashboard whole, the README's picture, and one panel for each incident.
// Knows: which panel names the cause of which incident. Does not know: how a panel is drawn.
//
// usage: node src/draw.mjs ANSWERS.json OUT_DIRECTORY

import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const [answers, out] = process.argv.slice(2);
if (!out) throw new Error('usage: node src/draw.mjs ANSWERS.json OUT_DIRECTORY');

/** The panel that stands out in each incident of the demo, and the seconds of it that are shown, from its beginning. */
const SHOWN = [-4, 26];
const INCIDENTS = {
  'slow upstream': { file: 'slow-upstream', wanted: 'Response time by upstream' },
  'an intermediary cuts at 5 s': { file: 'intermediary-timeout', wanted: 'Cliff', fresh: true },
  'one kind of client gives up at 10 s': { file: 'aggressive-client-timeout', wanted: 'Leaving against the timeouts', fresh: true },
  'health-check noise': { file: 'probe-noise', wanted: 'Long or short' },
  'the network resets connections': { file: 'network-disconnect', wanted: 'Long or short' },
  'connection slots exhausted': { file: 'connection-exhaustion', wanted: 'Dropped connections' },
  // Its clients are given up by nginx after 10 s; before that, those of the incident before still leave.
  'slow clients': { file: 'slow-clients', wanted: 'Slow clients', shown: [8, 30] },
  'one upstream server does not answer': { file: 'connect-timeout', wanted: 'Timeouts by upstream' },
  'conntrack table full': { file: 'conntrack-exhaustion', wanted: 'Conntrack fill' },
  'an accept queue overflows': { file: 'accept-queue-overflow', wanted: 'Listen queue drops' },
  'upstream down': { file: 'upstream-down', wanted: 'Failures by kind' },
};
const WIDTH = 1500;
const LINE = 38;
/** The sections of the Abandonment dashboard that open the README. */
const HERO_SECTIONS = 2;

const { range, turns, dashboards } = JSON.parse(readFileSync(answers, 'utf8'));
const work = mkdtempSync(join(tmpdir(), 'hangup-draw-'));
try {
  await bundle();
  mkdirSync(join(out, 'incidents'), { recursive: true });
  for (const { name, dashboard, answers } of dashboards) {
    draw(`dashboard-${name}.png`, { title: dashboard.title, panels: dashboard.panels, answers, range, width: WIDTH });
  }
  const { dashboard, answers: first } = dashboards.find(({ name }) => name === 'abandonment');
  const rows = dashboard.panels.filter(({ type }) => type === 'row');
  const below = rows[HERO_SECTIONS].gridPos.y;
  const hero = dashboard.panels.filter(({ gridPos }) => gridPos.y < below);
  draw('abandonment.png', { title: dashboard.title, panels: hero, answers: first, range, width: WIDTH });
  for (const { title, at } of turns.filter(({ title }, i) => title in INCIDENTS && i === turns.findIndex((turn) => turn.title === title))) {
    incident(title, at);
  }
} finally {
  rmSync(work, { recursive: true, force: true });
}

function incident(title, at) {
  const { file, wanted, fresh, shown: [first, last] = SHOWN } = INCIDENTS[title];
  const from = fresh ? 'ofFresh' : 'answers';
  const found = dashboards.flatMap((one) => one.dashboard.panels.map((panel) => ({ panel, answers: one[from] }))).find(({ panel }) => panel.title === wanted);
  const panel = { ...found.panel, title: `${wanted}: ${title}`, gridPos: { x: 0, y: 0, w: 24, h: 8 } };
  const around = { from: Math.max(range.from, at + first * 1000), to: at + last * 1000 };
  const inside = found.answers[panel.id].map((series) => series
    .map(({ metric, values }) => ({ metric, values: values.filter(([t]) => t * 1000 >= around.from && t * 1000 <= around.to) }))
    .filter(({ values }) => values.length > 0));
  draw(join('incidents', `${file}.png`), { title: '', panels: [panel], answers: { [panel.id]: inside }, range: around, width: 720 });
}

async function bundle() {
  await build({
    entryPoints: [fileURLToPath(new URL('page.tsx', import.meta.url))],
    outfile: join(work, 'page.js'), bundle: true, minify: true, jsx: 'automatic', define: { 'process.env.NODE_ENV': '"production"', global: 'window' },
    loader: { '.svg': 'dataurl', '.png': 'dataurl' }, logLevel: 'error',
  });
}

function draw(file, picture) {
  const height = Math.max(...picture.panels.map(({ gridPos }) => gridPos.y + gridPos.h)) * LINE + (picture.title ? 48 : 12);
  const page = join(work, 'page.html');
  const json = JSON.stringify(picture).replaceAll('<', '\\u003c');
  writeFileSync(page, `<!doctype html><meta charset="utf-8"><link rel="stylesheet" href="page.css"><body class="theme-dark"><div id="root"></div><script>window.PICTURE=${json}</script><script src="page.js"></script>`);
  execFileSync('chromium', [
    '--headless', '--no-sandbox', '--disable-gpu', '--hide-scrollbars', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync',
    '--allow-file-access-from-files', `--user-data-dir=${join(work, 'profile')}`, '--virtual-time-budget=4000', `--window-size=${picture.width},${height}`,
    `--screenshot=${join(out, file)}`, `file://${page}`,
  ], { stdio: ['ignore', 'ignore', process.env.DEBUG ? 'inherit' : 'ignore'] });
  // A picture of lines and letters has few colours.
  execFileSync('pngquant', ['--force', '--skip-if-larger', '--ext=.png', '96', join(out, file)]);
  console.log(`${file}: ${picture.width} x ${height}`);
}
