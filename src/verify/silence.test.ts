import { expect, test } from 'vitest';
import { PROBES } from './probes/index.ts';
import { SIBLING_IDS } from './probes/ways/siblings.ts';
import { whyDeaf } from './silence.ts';

const ears = { captureMissed: 'lost', beyondMissed: 'ended', siblingMissed: 'dead' };
const deaf = (word: string): string[] =>
  PROBES.filter((probe) => whyDeaf(probe, ears) === word).map(({ id }) => id);

test('what only the capture hears is not proven where it lost packets', () => {
  expect(deaf('lost')).toEqual(PROBES.filter(({ needs }) => needs === 'capture').map(({ id }) => id));
  expect(deaf('lost')).toContain('icmp-echo');
});

test('what only those beyond this host hear is not proven where they heard no more', () => {
  expect(deaf('ended')).toEqual(['tcp-beyond', 'udp-beyond', 'dns-beyond']);
});

test('what only the bottle beside shows is not proven where it heard no more', () => {
  expect(deaf('dead')).toEqual([...SIBLING_IDS]);
});

test('all others are heard by listeners, and all are where nothing was missed', () => {
  const others = PROBES.filter((probe) => whyDeaf(probe, ears) === undefined);
  expect(others.length).toBe(PROBES.length - [deaf('lost'), deaf('ended'), deaf('dead')].flat().length);
  const none = { captureMissed: undefined, beyondMissed: undefined, siblingMissed: undefined };
  expect(PROBES.every((probe) => whyDeaf(probe, none) === undefined)).toBe(true);
});
