import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { whenAborted } from '../host/deadline.ts';
import { GUEST, type Rung } from '../drivers/driver.ts';
import { BottleError, EXIT_CODES, reasonOf, type ErrorCode } from '../errors.ts';
import { wholeEnvironment } from '../host/env.ts';
import { spawnProgram } from '../host/run.ts';
import { escapeText } from '../ui/terminal/text.ts';
import type { Side } from '../verify/arena/arena.ts';
import { arenaManifest } from '../verify/arena/manifest.ts';
import type { Targets } from '../verify/arena/targets.ts';
import { parseAgentMessage, type AgentMessage } from '../verify/inside/attack.ts';

/** The list of targets contains strings that look like secrets. A copy without it would have no attempts. */
const OWN_FILES = { copy_anyway: ['targets.json'] };

/** The attempts in the bottle. As for any user, `bot-bottle start` with a manifest starts the bottle. */
export interface BottleRun {
  readonly side: Side;
  readonly targets: Targets;
  readonly rung: Rung;
  /** The agent's name in the manifest; the demo finds its bottle by that name afterwards. */
  readonly agent: string;
  /** Added to the launcher's environment. */
  readonly env: Readonly<Record<string, string>>;
  readonly progress: (line: string) => void;
  readonly signal: AbortSignal;
}

/**
 * Starts the bottle, and returns everything that the agent reported when it has ended.
 * @throws BottleError with the launcher's error code and last lines if the bottle did not start
 */
export async function attackInTheBottle(request: BottleRun): Promise<AgentMessage[]> {
  const { side, targets, rung, agent } = request;
  const manifestPath = join(side.dir, 'bot-bottle.yaml');
  const { port, addresses, names } = targets;
  const bottle = {
    agent,
    ports: [port],
    lenderPorts: [],
    address: addresses.ip4[0] ?? '127.0.0.1',
    ownName: names.own,
  };
  await writeFile(manifestPath, arenaManifest({ ...bottle, presets: ['npm'], named: OWN_FILES }));
  await writeFile(join(side.programDir, 'targets.json'), JSON.stringify(targets), { mode: 0o644 });
  const inGuest = (file: string): string => join(GUEST.workspace, file);
  const launcher = [...process.execArgv, process.argv[1] ?? ''];
  const args = [
    'start',
    agent,
    side.programDir,
    '--manifest',
    manifestPath,
    '--runtime',
    rung.runtime,
    '--yes',
  ];
  const command = ['--', 'node', inGuest('agent.mjs'), inGuest('targets.json')];
  return await listen(request, [...launcher, ...args, ...command]);
}

async function listen(
  { env, progress, signal }: BottleRun,
  args: readonly string[],
): Promise<AgentMessage[]> {
  const child = spawnProgram(process.execPath, args, {
    env: { ...wholeEnvironment(), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  // SIGTERM makes the launcher clean up, so send it and wait for the end.
  const stop = (): void => void child.kill('SIGTERM');
  const letBe = whenAborted(signal, stop);
  const words: AgentMessage[] = [];
  const complaints: string[] = [];
  const ended = new Promise<number | string>((resolve) => {
    child.on('error', (error) => resolve(reasonOf(error)));
    child.on('close', (code, signalName) => resolve(code ?? signalName ?? 'unknown'));
  });
  onLines(child.stdout, (line) => {
    const word = parseAgentMessage(line);
    if (word !== undefined) words.push(word);
    if (word?.kind === 'begins') progress(`in the bottle: ${word.what}`);
  });
  onLines(child.stderr, (line) => {
    complaints.push(escapeText(line));
    progress(escapeText(line));
  });
  const code = await ended;
  letBe();
  if (code !== EXIT_CODES.ok && words.length === 0) throw notStarted(code, complaints);
  return words;
}

function onLines(stream: Readable | null, use: (line: string) => void): void {
  let rest = '';
  stream?.setEncoding('utf8').on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    lines.forEach(use);
  });
  stream?.on('end', () => {
    if (rest !== '') use(rest);
  });
}

function notStarted(code: number | string, complaints: readonly string[]): BottleError {
  const known = Object.entries(EXIT_CODES).find(([name, number]) => number === code && name !== 'bug');
  return new BottleError(
    (known?.[0] ?? 'verifyFailed') as ErrorCode,
    'the bottle of the demo did not start',
    {
      details: complaints.slice(-12),
      fix: 'its own last lines are above; what this host can run: bot-bottle doctor',
    },
  );
}
