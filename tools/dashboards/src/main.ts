// Writes every dashboard into the directory that is named: `node build/main.js DIRECTORY`.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Dashboard } from '@grafana/schema';
import abandonment from './abandonment.js';
import connections from './connections.js';
import itself from './itself.js';
import overview from './overview.js';
import upstreams from './upstreams.js';

const all: Record<string, Dashboard> = { overview, abandonment, upstreams, connections, itself };
const directory = process.argv[2];
if (directory === undefined) throw new Error('usage: node build/main.js DIRECTORY');
for (const [name, dashboard] of Object.entries(all)) {
  writeFileSync(join(directory, `${name}.json`), `${JSON.stringify(dashboard, null, 2)}\n`);
}
