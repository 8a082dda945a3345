import { describe, expect, test } from 'vitest';
import { manifestOf } from '../../../test/support/manifest.ts';
import { DRIVERS } from '../../drivers/index.ts';
import { BottleError } from '../../errors.ts';
import { refuseUnstartable } from './trust-checks.ts';

const RUNGS = DRIVERS.flatMap((driver) => driver.rungs);

/** The refusal of a manifest whose only bottle has these keys, or `accepted`. */
function said(bottle: string): string {
  const manifest = manifestOf(`bottles: { b: { ${bottle} } }\nagents: { a: { bottle: b, agent: shell } }\n`);
  try {
    refuseUnstartable(manifest, RUNGS, '/home/me');
    return 'accepted';
  } catch (error) {
    if (error instanceof BottleError) return error.message;
    throw error;
  }
}

describe('trust refuses a manifest that no start would take', () => {
  test.each([
    ['a boundary that its runtime has not', 'runtime: bubblewrap, min_boundary: vm'],
    ['a mount where nothing is shared', 'runtime: qemu, workspace: mount'],
    ['too few processes', 'runtime: runsc, resources: { pids: 16 }'],
    [
      'two identities for one request',
      'egress: { allow: [{ host: a.example.org, inject: { header: x-a, secret: "${A}" } }, { host: a.example.org, inject: { header: x-b, secret: "${B}" } }] }',
    ],
    [
      'a secret that the agent would see',
      'env: { A: "${A}" }, egress: { allow: [{ host: a.example.org, inject: { header: x-a, secret: "${A}" } }] }',
    ],
    [
      'what another gateway cannot do',
      'gateway: pipelock, egress: { allow: [{ host: a.example.org, methods: [GET] }] }',
    ],
  ])('trust refuses a manifest with %s', (_, bottle) => {
    expect(said(bottle)).toMatch(/^agent a could not start: /);
  });

  test.each([
    ['nothing special', ''],
    ['variables that are not set here', 'env: { A: "${NOT_SET_HERE}", B: "?Which" }'],
    ['clients of presets that are not asked', 'egress: { allow: [{ preset: npm, methods: [GET] }] }'],
    ['a runtime that may not be ready here', 'runtime: firecracker, min_boundary: vm'],
    ['a mount where folders are shared', 'runtime: bubblewrap, workspace: mount'],
  ])('trust accepts a manifest with %s', (_, bottle) => {
    expect(said(bottle)).toBe('accepted');
  });
});
