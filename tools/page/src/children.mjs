// Processes that end with this one, and what they leave behind. Does not know: what they do.

import { spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { createServer } from 'node:net';

export class Children {
  #children = [];
  #directories = [];

  constructor() {
    for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => this.end().then(() => process.exit(1)));
  }

  start(command, args, stdio = ['ignore', 'pipe', 'ignore']) {
    const child = spawn(command, args, { stdio });
    this.#children.push(child);
    return child;
  }

  removeAfterwards(directory) {
    this.#directories.push(directory);
  }

  async end() {
    // They write until they are gone.
    await Promise.all(this.#children.map((child) => new Promise((gone) => { child.exitCode === null && child.signalCode === null ? (child.once('exit', gone), child.kill()) : gone(); })));
    this.#directories.forEach((directory) => rmSync(directory, { recursive: true, force: true }));
  }
}

export function freePort() {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}
