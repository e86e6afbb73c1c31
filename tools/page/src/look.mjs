// Looks at hangup's page as people see it, in headless Chromium: axe-core has to find nothing, and pictures are taken.
// Knows: hangup demo's incidents, light and dark, narrow and wide. Does not know: what stands on the page.
//
// usage: node src/look.mjs HANGUP [OUT_DIRECTORY]

import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import { join } from 'node:path';
import { Chromium } from './chromium.mjs';
import { Children, freePort } from './children.mjs';

/** As much of a page as a picture shows: the sentence and the causes. */
const PIXELS = 2400;

const [hangup, out] = process.argv.slice(2);
if (!hangup) throw new Error('usage: node src/look.mjs HANGUP [OUT_DIRECTORY]');

/** The demo's incidents that are looked at, and the names of their pictures. */
const INCIDENTS = {
  'none, normal background': null,
  'slow upstream': 'slow-upstream',
  'an intermediary cuts at 5 s': 'intermediary-timeout',
  'the network resets connections': 'network-disconnect',
  'one upstream server does not answer': 'connect-timeout',
  'upstream down': 'upstream-down',
};
/** Into a turn of 20 s, so that short windows are full of it. */
const INTO_MS = 17_000;
const VIEWS = {
  light: { scheme: 'light', width: 1000 },
  dark: { scheme: 'dark', width: 1000 },
  '400px': { scheme: 'light', width: 400 },
};
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

const children = new Children();
let findings = 0;
try {
  const port = await freePort();
  const demo = children.start(hangup, ['demo', `--web.listen-address=127.0.0.1:${port}`, '--poll.interval=500ms', '--diagnosis.resolution=2s']);
  const chromium = new Chromium(children);
  await chromium.open();
  const wanted = new Set(Object.keys(INCIDENTS));
  for await (const line of createInterface({ input: demo.stdout })) {
    const title = /incident: (.*) — /.exec(line)?.[1];
    if (!wanted.delete(title)) continue;
    await new Promise((resolve) => setTimeout(resolve, INTO_MS));
    for (const [view, how] of Object.entries(VIEWS)) await look(chromium, port, title, view, how);
    if (wanted.size === 0) break;
  }
  if (wanted.size > 0) throw new Error(`the demo ended before ${[...wanted].join(', ')}`);
} finally {
  await children.end();
}
console.log(`${findings} findings of axe-core`);
process.exit(findings > 0 ? 1 : 0);

async function look(chromium, port, title, view, { scheme, width }) {
  // The real page as it is served, but that it stays.
  await chromium.show(`http://127.0.0.1:${port}/?still`, width, scheme);
  const told = await chromium.run(`${axe}; axe.run(document, { resultTypes: ['violations'] }).then(({ violations, passes, testEngine }) =>
    JSON.stringify({ violations, passes: passes.length, version: testEngine.version }))`);
  const { violations, passes, version } = JSON.parse(told);
  if (passes === 0) throw new Error('axe-core looked at nothing');
  const wide = await chromium.run('document.documentElement.scrollWidth');
  if (wide > width) violations.push({ id: 'scrolls-sideways', help: `the page is ${wide} px wide`, nodes: [] });
  for (const { id, help, nodes } of violations) {
    findings += 1;
    console.log(`${title}, ${view}: ${id}: ${help}`);
    nodes.forEach(({ html, failureSummary }) => console.log(`    ${html}\n    ${failureSummary}`));
  }
  console.log(`${title}, ${view}: axe-core ${version}, ${passes} rules passed, ${violations.length} findings`);
  if (!out || !INCIDENTS[title]) return;
  mkdirSync(out, { recursive: true });
  const file = join(out, `${INCIDENTS[title]}-${view}.png`);
  writeFileSync(file, await chromium.picture(PIXELS));
  // A picture of letters has few colours.
  execFileSync('pngquant', ['--force', '--skip-if-larger', '--ext=.png', '64', file]);
}
