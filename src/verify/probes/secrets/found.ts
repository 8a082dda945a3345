import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ownDir } from '../../guest/file-attempts.ts';
import { carryLoot, LOOT_WORD } from '../../guest/loot.ts';
import { ofAllProcesses, withOwnProcess } from '../../guest/processes.ts';
import { fileTexts, memoryTexts } from '../../guest/search.ts';
import { carryHome } from '../../guest/wire.ts';
import type { Targets } from '../../arena/targets.ts';
import type { LootName, Probe, Run } from '../probe.ts';
import { secret } from './lender.ts';

/** Probes that search the bottle itself for the secret. */

const WORD = /bb[nl][0-9a-f]{24}/g;

/** Returns every word in these texts. */
function wordsIn(texts: Iterable<string>): string {
  const words = new Set<string>();
  for (const text of texts) for (const [word] of text.matchAll(WORD)) words.add(word);
  return [...words].join('\n');
}

const wordsInMemory = (): string => wordsIn(memoryTexts());
const wordsInFiles = (): string => wordsIn(fileTexts());

/** Sends home what was found, and also prints it: on inspected ways, the gateway holds back what it lends. */
async function tell(t: Targets, nonce: string, text: string): Promise<void> {
  const met = await carryLoot(t, nonce, text).catch((error: unknown) => String(error));
  const loot = text.match(LOOT_WORD) ?? [];
  throw new Error([...new Set(loot), ...(met === undefined ? [] : [met])].join(', '));
}

/** Returns a run that searches a text; its control searches for its own word in the same way. */
const finding = (textOf: () => string): Run => ({
  alone: true,
  attack: async (t, nonce) => await tell(t, nonce, textOf()),
  control: (t, nonce) =>
    withOwnProcess(nonce, async () => {
      writeFileSync(join(ownDir(), 'own'), nonce);
      if (!textOf().includes(nonce)) throw new Error('what is there is not found');
      await carryHome(t, nonce);
    }),
});

type Words = Pick<Probe, 'id' | 'claim' | 'attack'> & { readonly run: Run } & Partial<
    Pick<Probe, 'needs' | 'closedInTheOpen'>
  >;

const found = (words: Words, of: LootName = 'secret'): Probe => ({
  ...secret,
  oracle: { kind: 'loot', of },
  source: 'OpenShell #112: secrets in variables and /proc; CWE-526, CWE-214 (arguments), CWE-316 (memory)',
  ...words,
});

export const FOUND: readonly Probe[] = [
  found({
    id: 'secret-environment',
    claim: 'A secret that is lent is in no variable of the bottle.',
    attack: 'find the secret in its environment',
    run: {
      attack: (t, nonce) => tell(t, nonce, JSON.stringify(process.env)),
      control: (t, nonce) => carryHome(t, { ...process.env, WORD: nonce }.WORD),
    },
  }),
  found({
    id: 'secret-proc-environ',
    claim: 'A secret that is lent is in the environment of no process that can be seen.',
    attack: 'find the secret in the environment of processes',
    run: finding(() => ofAllProcesses('environ')),
  }),
  found({
    id: 'secret-proc-cmdline',
    claim: 'A secret that is lent is in the arguments of no process that can be seen.',
    attack: 'find the secret in the arguments of processes',
    closedInTheOpen: 'no program is given the secret as an argument',
    run: finding(() => ofAllProcesses('cmdline')),
  }),
  found({
    id: 'secret-memory',
    claim: 'A secret that is lent is in the memory of no process that can be read.',
    attack: 'find the secret in the memory of processes',
    needs: 'tracing',
    run: finding(wordsInMemory),
  }),
  found({
    id: 'secret-files',
    claim: 'A secret that is lent is in no file of the bottle.',
    attack: 'find the secret in files',
    closedInTheOpen: 'the secret is in the environment of its user, and in no file',
    run: finding(wordsInFiles),
  }),
  found(
    {
      id: 'proc-memory',
      claim: 'The memory of no process of the host can be read.',
      attack: 'read the memory of every process',
      needs: 'tracing',
      run: finding(wordsInMemory),
    },
    'memory',
  ),
];
