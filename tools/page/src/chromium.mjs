// One page in headless Chromium, spoken to by its own protocol over two pipes. Does not know: what is shown.

import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const FLAGS = ['--headless', '--no-sandbox', '--disable-gpu', '--hide-scrollbars', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--remote-debugging-pipe'];

export class Chromium {
  #pipe;
  #session;
  #number = 0;
  #asked = new Map();
  #awaited = new Map();

  constructor(children) {
    const profile = mkdtempSync(join(tmpdir(), 'hangup-chromium-'));
    children.removeAfterwards(profile);
    const process = children.start('chromium', [...FLAGS, `--user-data-dir=${profile}`], ['ignore', 'ignore', 'ignore', 'pipe', 'pipe']);
    this.#pipe = process.stdio[3];
    let rest = '';
    process.stdio[4].setEncoding('utf8').on('data', (text) => {
      // Each message ends with a zero byte.
      const messages = (rest + text).split('\0');
      rest = messages.pop();
      messages.forEach((message) => this.#take(JSON.parse(message)));
    });
  }

  #take({ id, method, result, error }) {
    if (id) {
      const [done, failed] = this.#asked.get(id);
      this.#asked.delete(id);
      return error ? failed(new Error(error.message)) : done(result);
    }
    this.#awaited.get(method)?.();
  }

  #ask(method, params = {}) {
    const id = ++this.#number;
    this.#pipe.write(`${JSON.stringify({ id, method, params, sessionId: this.#session })}\0`);
    return new Promise((done, failed) => this.#asked.set(id, [done, failed]));
  }

  async open() {
    const { targetId } = await this.#ask('Target.createTarget', { url: 'about:blank' });
    this.#session = (await this.#ask('Target.attachToTarget', { targetId, flatten: true })).sessionId;
    await this.#ask('Page.enable');
  }

  /** Shows an address in a window so wide, to somebody who likes it light or dark. */
  async show(url, width, scheme) {
    await this.#ask('Emulation.setDeviceMetricsOverride', { width, height: 900, deviceScaleFactor: 1, mobile: false });
    await this.#ask('Emulation.setEmulatedMedia', { features: [{ name: 'prefers-color-scheme', value: scheme }] });
    const loaded = new Promise((done) => this.#awaited.set('Page.loadEventFired', done));
    await this.#ask('Page.navigate', { url });
    await loaded;
  }

  /** What a script comes to; one that promises something is waited for. */
  async run(expression) {
    const { result, exceptionDetails } = await this.#ask('Runtime.evaluate', { expression, awaitPromise: true, returnByValue: true });
    if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
    return result.value;
  }

  /** The page from its top, so many pixels high at most. */
  async picture(pixels) {
    const [width, height] = await this.run('[document.documentElement.clientWidth, document.documentElement.scrollHeight]');
    const clip = { x: 0, y: 0, width, height: Math.min(height, pixels), scale: 1 };
    const { data } = await this.#ask('Page.captureScreenshot', { format: 'png', captureBeyondViewport: true, clip });
    return Buffer.from(data, 'base64');
  }
}
