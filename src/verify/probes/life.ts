import type { Probe } from './probe.ts';

/** The end of a bottle, and what it might leave. */

const end = {
  family: 'life',
  control: 'canary',
  source: 'what outlives its owner: test/e2e/kill.test.ts',
} as const;

export const LIFE: readonly Probe[] = [
  {
    ...end,
    id: 'life-gateway-killed',
    claim: 'Nothing gets out once the gateway has been killed.',
    attack: 'go out when the gateway has been killed',
    oracle: { kind: 'end', sees: 'heard' },
    breach: 'goes out unjudged',
    source: 'a way out that is left when its guard is gone: test/e2e/gateway-lost.test.ts',
  },
  {
    ...end,
    id: 'life-launcher-killed',
    claim: 'Nothing gets out once the launcher has been killed.',
    attack: 'go out when the launcher has been killed',
    oracle: { kind: 'end', sees: 'heard' },
    breach: 'works on unwatched',
  },
  {
    ...end,
    id: 'life-daemon',
    claim: 'No process of a bottle outlives it.',
    attack: 'outlive the bottle by a process',
    oracle: { kind: 'end', sees: 'process' },
    control: 'said',
    breach: 'works on unwatched',
  },
  {
    ...end,
    id: 'life-inheritance',
    claim: 'Nothing that a bottle wrote is in the next one.',
    attack: 'leave files to the next bottle',
    oracle: { kind: 'end', sees: 'heard' },
    breach: 'reaches the next agent, and its secrets',
  },
  {
    ...end,
    id: 'life-stubborn',
    claim: 'Nothing of a bottle is there after its removal: files, containers, networks, mounts.',
    attack: 'leave files that are hard to remove',
    oracle: { kind: 'end', sees: 'left' },
    control: 'said',
    breach: 'fills the disk, and leaves what others come upon',
  },
];
