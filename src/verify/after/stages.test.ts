import { expect, test } from 'vitest';
import { nonceForEach } from '../arena/nonce.ts';
import type { Targets } from '../arena/targets.ts';
import { PROBES } from '../probes/index.ts';
import { idsMade } from '../probes/probe.ts';
import { forAttack, leftIn, withoutLeft } from './stages.ts';
import type { AgentMessage } from '../inside/attack.ts';
import { metAt } from '../judge/observe.ts';
import { selectProbes } from '../select-probes.ts';

const every = nonceForEach(PROBES.map(({ id }) => id));
const attack = forAttack({ attempts: every, controls: every } as unknown as Targets, PROBES);
const isAttempted = (id: string): boolean => id in attack.attempts;
const isControlled = (id: string): boolean => id in attack.controls;

test('later attempts and those elsewhere are no part of the attack, and of two-part attempts the first is', () => {
  const later = idsMade(PROBES, 'inNext', 'launcherKilled');
  expect(later.filter((id) => isAttempted(id) || isControlled(id))).toEqual([]);
  const unguarded = idsMade(PROBES, 'gatewayKilled');
  expect(unguarded.map((id) => [isAttempted(id), isControlled(id)])).toEqual([[false, true]]);
  const halves = idsMade(PROBES, 'inTwoParts');
  expect(halves.length).toBeGreaterThan(0);
  expect(halves.every((id) => isAttempted(id) && isControlled(id))).toBe(true);
  const beside = PROBES.filter(({ control }) => control === 'sibling').map(({ id }) => id);
  expect(beside.map((id) => [isAttempted(id), isControlled(id)])).toEqual(beside.map(() => [true, false]));
});

const attempt = (id: string, met: string): AgentMessage => ({ kind: 'attempt', attempt: id, met });
const control: AgentMessage = { kind: 'control', control: 'life-ipc', ok: true, said: 'nothing in its way' };

const IDS = idsMade(PROBES, 'inTwoParts');
const FIRST = [attempt('life-ipc', 'nothing in its way'), attempt('tcp-host', 'no answer'), control];

const met = (words: readonly AgentMessage[]): readonly (string | undefined)[] =>
  selectProbes({ ids: ['life-ipc', 'tcp-host'] }).map((probe) =>
    metAt(probe, { targets: { attempts: {} } as never, words }),
  );

test('the next bottle searches only for things that were left', () => {
  expect(leftIn(FIRST, IDS)).toEqual(['life-ipc']);
  expect(leftIn([control], IDS)).toEqual([]);
});

test('a two-part attempt succeeds where the next bottle found its remains, and nowhere else', () => {
  expect(withoutLeft(FIRST, IDS)).toEqual([FIRST[1], control]);
  expect(met([...withoutLeft(FIRST, IDS), attempt('life-ipc', 'nothing was there')])).toEqual(
    expect.arrayContaining(['nothing was there', 'no answer']),
  );
  expect(met(withoutLeft(FIRST, IDS))).toEqual(expect.arrayContaining([undefined, 'no answer']));
});
