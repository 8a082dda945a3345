import { expect, test } from 'vitest';
import type { AgentMessage } from '../inside/agent-messages.ts';
import { metAt } from '../observe.ts';
import { PROBES } from '../probes/index.ts';
import { idsMade } from '../probes/probe.ts';
import { selectProbes } from '../select-probes.ts';
import { leftIn, withoutLeft } from './inherited.ts';

const attempt = (id: string, met: string): AgentMessage => ({ kind: 'attempt', attempt: id, met });
const control: AgentMessage = { kind: 'control', control: 'life-ipc', ok: true, said: 'nothing in its way' };

const IDS = idsMade(PROBES, 'inTwoParts');
const FIRST = [attempt('life-ipc', 'nothing in its way'), attempt('tcp-host', 'no answer'), control];

const met = (words: readonly AgentMessage[]): readonly (string | undefined)[] =>
  selectProbes({ ids: ['life-ipc', 'tcp-host'] }).map((probe) =>
    metAt(probe, { targets: { attempts: {} } as never, words }),
  );

test('only what was left is looked for in the next bottle', () => {
  expect(leftIn(FIRST, IDS)).toEqual(['life-ipc']);
  expect(leftIn([control], IDS)).toEqual([]);
});

test('what was left is met where the next bottle looked for it, and nowhere else', () => {
  expect(withoutLeft(FIRST, IDS)).toEqual([FIRST[1], control]);
  expect(met([...withoutLeft(FIRST, IDS), attempt('life-ipc', 'nothing was there')])).toEqual(
    expect.arrayContaining(['nothing was there', 'no answer']),
  );
  expect(met(withoutLeft(FIRST, IDS))).toEqual(expect.arrayContaining([undefined, 'no answer']));
});
