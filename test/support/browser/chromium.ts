import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { spawnProgram } from '../../../src/host/run.ts';
import { openChannel, type Channel, type Message } from './devtools.ts';

/** A real Chromium without a window, to inspect our pages. */
export interface Chromium {
  show(url: string, view: View): Promise<Shown>;
  [Symbol.asyncDispose](): Promise<void>;
}

export interface View {
  readonly width: number;
  readonly colours?: 'light' | 'dark';
  readonly media?: 'screen' | 'print';
}

/** A loaded page. */
export interface Shown {
  /** Every URL that the page requested over the network or from files, the page itself first. */
  readonly requests: readonly string[];
  /** Errors and warnings of its scripts, and of the browser about it. */
  readonly complaints: readonly string[];
  /** Returns the value of an expression in the page, as JSON. @throws Error of the page */
  evaluate(expression: string): Promise<unknown>;
  /** Closes the page. */
  [Symbol.asyncDispose](): Promise<void>;
}

/** No sandbox: tests make all pages, and the sandbox does not start as root, nor in many containers. */
const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-dev-shm-usage',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--remote-debugging-pipe',
];

/** Starts Chromium with a separate profile. @throws Error if it is not installed */
export async function openChromium(): Promise<Chromium> {
  const profile = await mkdtemp(join(tmpdir(), 'chromium-'));
  const child = spawnProgram('chromium', [...FLAGS, `--user-data-dir=${profile}`, 'about:blank'], {
    stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'],
  });
  await once(child, 'spawn');
  const ended = once(child, 'exit');
  const [, , , input, output] = child.stdio;
  const channel = openChannel(input as Writable, output as Readable);
  return {
    show: async (url, view) => await show(channel, url, view),
    [Symbol.asyncDispose]: async () => {
      await channel.send('Browser.close').catch(() => child.kill('SIGKILL'));
      await ended;
      await rm(profile, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

const VIEW_HEIGHT = 900;

async function show(channel: Channel, url: string, view: View): Promise<Shown> {
  const { targetId } = await channel.send('Target.createTarget', { url: 'about:blank' });
  const { sessionId } = await channel.send('Target.attachToTarget', { targetId, flatten: true });
  const session = String(sessionId);
  const call = async (method: string, params: Message = {}): Promise<Message> =>
    await channel.send(method, params, session);
  const requests: string[] = [];
  const complaints: string[] = [];
  const loaded = new Promise<void>((resolve) => {
    channel.listen(session, (event, params) => {
      if (event === 'Network.requestWillBeSent') requests.push(urlOf(params));
      if (COMPLAINTS.has(event)) complaints.push(JSON.stringify(params));
      if (event === 'Page.loadEventFired') resolve();
    });
  });
  for (const domain of ['Network', 'Log', 'Runtime', 'Page']) await call(`${domain}.enable`);
  await call('Emulation.setDeviceMetricsOverride', {
    width: view.width,
    height: VIEW_HEIGHT,
    deviceScaleFactor: 1,
    mobile: view.width < 600,
  });
  await call('Emulation.setEmulatedMedia', {
    media: view.media ?? 'screen',
    features: [{ name: 'prefers-color-scheme', value: view.colours ?? 'light' }],
  });
  await call('Page.navigate', { url });
  await loaded;
  return {
    requests,
    complaints,
    evaluate: async (expression) => await evaluate(call, expression),
    [Symbol.asyncDispose]: async () => void (await channel.send('Target.closeTarget', { targetId })),
  };
}

const COMPLAINTS: ReadonlySet<string> = new Set([
  'Log.entryAdded',
  'Runtime.exceptionThrown',
  'Runtime.consoleAPICalled',
]);

const urlOf = (params: Message): string => String((params['request'] as Message)['url']);

async function evaluate(
  call: (method: string, params: Message) => Promise<Message>,
  expression: string,
): Promise<unknown> {
  const answer = await call('Runtime.evaluate', { expression, returnByValue: true, awaitPromise: true });
  if (answer['exceptionDetails'] !== undefined) throw new Error(JSON.stringify(answer['exceptionDetails']));
  return (answer['result'] as Message)['value'];
}
