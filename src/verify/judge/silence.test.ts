import { describe, expect, test } from 'vitest';
import { NO_ANSWER } from '../guest/wire.ts';
import { PROBES } from '../probes/index.ts';
import { SIBLING_IDS } from '../probes/ways/siblings.ts';
import { whyDeaf, whyOverlooked, whyUnanswered } from './silence.ts';

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
  const none = {
    captureMissed: undefined,
    beyondMissed: undefined,
    siblingMissed: undefined,
  };
  expect(PROBES.every((probe) => whyDeaf(probe, none) === undefined)).toBe(true);
});

describe('an attempt without an answer', () => {
  const unproven = PROBES.filter((probe) => whyUnanswered(probe, NO_ANSWER) !== undefined);

  test('was made where what is dropped is never answered: towards hosts, and without a gateway', () => {
    const silent = PROBES.filter((probe) => !unproven.includes(probe));
    expect(silent.map(({ id }) => id)).toEqual(
      expect.arrayContaining(['tcp-host', 'dns-tcp', 'life-gateway-killed']),
    );
    expect(new Set(silent.map(({ family }) => family))).toEqual(new Set(['ways', 'dns', 'life']));
  });

  test('may not have been made where a gateway, a kernel or a file answers', () => {
    const ids = unproven.map(({ id }) => id);
    expect(ids).toEqual(
      expect.arrayContaining(['name-slash', 'echo-body', 'metadata-name', 'route-add', 'life-ipc']),
    );
  });

  test('is none where it met anything else', () => {
    expect(PROBES.filter((probe) => whyUnanswered(probe, 'HTTP/1.1 403 Forbidden') !== undefined)).toEqual(
      [],
    );
    expect(PROBES.filter((probe) => whyUnanswered(probe, undefined) !== undefined)).toEqual([]);
  });
});

test('what a process became may have been overlooked, where this host paused while it was there', () => {
  const processes = { missed: (nonce: string) => (nonce === 'late' ? 'paused' : undefined) };
  const overlooked = PROBES.filter((probe) => whyOverlooked(probe, 'late', processes) === 'paused');
  expect(overlooked).toEqual(PROBES.filter(({ oracle }) => oracle.kind === 'process'));
  expect(overlooked.filter((probe) => whyOverlooked(probe, 'seen', processes) !== undefined)).toEqual([]);
});
