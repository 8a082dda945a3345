import { open, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Owner } from '../../drivers/driver.ts';
import { BottleError } from '../../errors.ts';
import { spawnProgram } from '../../host/run.ts';
import type { SiblingTargets } from '../arena/targets.ts';
import { asOwner } from '../arena/victims.ts';
import { INHERITED_NODE } from './in-the-open.ts';
import { siblingName } from './sibling.ts';
import { listenToSibling } from './sibling-words.ts';

/** The counterpart of the sibling bottle in the open: another process of the user. */
export interface OpenSibling extends AsyncDisposable {
  readonly targets: SiblingTargets;
  heard(nonce: string): readonly string[];
}

const PLACE = '/tmp';
/** Timeout, in milliseconds, until it says where it listens. */
const PATIENCE_MS = 20_000;
/** Timeout, in milliseconds, after which it is killed if it did not end with its input. */
const END_DEADLINE_MS = 5_000;

/** Starts it. @throws BottleError `verifyFailed` when it does not listen */
export async function openSibling(owner: Owner, programDir: string, word: string): Promise<OpenSibling> {
  const name = siblingName();
  // This process writes the file, so it removes it at the end, or a later sweep does.
  await writeFile(join(PLACE, name), `${word}\n`, { mode: 0o644 });
  await using node = await open(process.execPath);
  const child = spawnProgram(
    INHERITED_NODE,
    [join(programDir, 'sibling.mjs'), JSON.stringify({ word, name, places: [] })],
    { cwd: '/', stdio: ['pipe', 'pipe', 'ignore', node.fd], ...asOwner(owner) },
  );
  child.on('error', () => undefined); // it prints nothing then, so the wait below ends
  const ended = new Promise<void>((resolve) => child.on('close', () => resolve()));
  const end = async (): Promise<void> => {
    child.stdin?.end();
    const timer = setTimeout(() => child.kill('SIGKILL'), END_DEADLINE_MS);
    await ended;
    clearTimeout(timer);
    await rm(join(PLACE, name), { force: true });
  };
  if (child.stdout === null) throw new Error('a pipe was asked for');
  const words = listenToSibling(child.stdout);
  const place = await Promise.race([words.place, sleep(PATIENCE_MS, undefined, { ref: false })]);
  if (place === undefined) {
    await end();
    throw new BottleError('verifyFailed', 'the process beside does not listen', {
      fix: 'try again when this host has less to do, or leave out --open',
    });
  }
  return {
    targets: { ...place, name, places: [PLACE] },
    heard: (nonce) => words.heard(nonce).map((way) => `${way} in another process`),
    [Symbol.asyncDispose]: end,
  };
}
