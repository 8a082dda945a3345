import { readFile } from 'node:fs/promises';
import type { AuditLine } from '../gateway/config.ts';
import type { Loot, Side } from './arena/arena.ts';
import type { Targets } from './arena/targets.ts';
import type { AgentWord } from './inside/words.ts';
import type { Probe } from './probes/probe.ts';

/** Looks outside for what an attempt, or the control of it, has done. */

export interface Scene {
  readonly side: Side;
  readonly targets: Targets;
  readonly loot: Loot;
  /** All that the program said, as it stands. */
  readonly said?: string;
}

/** The ways in which an attempt succeeded on one side: what its canary heard, a file that is there, a process that ended. */
export async function successOf({ id, oracle }: Probe, scene: Scene): Promise<readonly string[]> {
  const { side, targets, loot, said = '' } = scene;
  const nonce = targets.attempts[id] ?? '';
  switch (oracle.kind) {
    case 'canary':
      return side.canary.heard(nonce);
    case 'loot': {
      const word = loot[oracle.of];
      const shown = said.includes(word) ? ['said by the program'] : [];
      return [...side.canary.heard(word).map((way) => `carried home by ${way}`), ...shown];
    }
    case 'file':
      return await filesWith(nonce, [targets.writePath, targets.tmpPath]);
    case 'kill':
      return [side.victimEnded()].flatMap((end) => (end === undefined ? [] : [`the process ended: ${end}`]));
    case 'verbs':
    case 'end':
      return []; // later: see after/aftermath.ts
  }
}

async function filesWith(nonce: string, paths: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  for (const path of paths) {
    const text = await readFile(path, 'utf8').catch(() => '');
    if (text.includes(nonce)) found.push(`${path} was written`);
  }
  return found;
}

export interface ControlScene extends Pick<Scene, 'side' | 'targets'> {
  readonly words: readonly AgentWord[];
  /** The gateway's log. */
  readonly decisions: readonly AuditLine[];
}

/** How the control of a probe was seen to go through, if it was; and what it met, in the program's own words. */
export function controlOf(
  { id, control }: Probe,
  { side, targets, words, decisions }: ControlScene,
): { readonly through: string | undefined; readonly met: string | undefined } {
  const nonce = targets.controls[id] ?? '';
  const word = words.find((word) => word.kind === 'control' && word.control === id);
  const said = word?.kind === 'control' ? word : undefined;
  const ways: Record<Probe['control'], () => readonly string[]> = {
    canary: () => side.canary.heard(nonce),
    log: () =>
      decisions
        .filter(({ verdict, host }) => verdict === 'allow' && nonce !== '' && host.includes(nonce))
        .map(({ via }) => `allowed by the gateway (${via})`),
    said: () => (said?.ok === true ? ['inside'] : []),
    back: () => [],
    shown: () => [],
  };
  const through = ways[control]();
  return { through: through.length === 0 ? undefined : through.join(', '), met: said?.said };
}

/** What the program met at an attempt; undefined when it did not make it. */
export function metAt({ id }: Probe, words: readonly AgentWord[]): string | undefined {
  const word = words.find((word) => word.kind === 'attempt' && word.attempt === id);
  return word?.kind === 'attempt' ? word.met : undefined;
}
