import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { AuditLog } from '../audit/log.ts';
import type { Policy } from '../config.ts';
import type { Slot } from '../../contracts/slot.ts';
import { createLivePolicy } from '../gate/live-policy.ts';
import { createLiveScreen } from '../screen/live.ts';
import { createControls } from './controls.ts';

const folder = mkdtempSync(join(tmpdir(), 'controls-'));
const audit = new AuditLog({ path: join(folder, 'egress.jsonl'), bottleId: 'b1' });
afterAll(() => {
  audit.close();
  rmSync(folder, { recursive: true });
});

const VALUE = 'first-value-of-the-key';
const secrets = { inject: { key: { value: VALUE, placeholder: 'placeholder-of-the-key' } }, protect: [] };
const lending = (slot: Slot, host = 'a.example'): Policy => ({
  allow: [{ id: host, host, port: 443, scheme: 'https', opensTls: true, inject: { secret: 'key', slot } }],
  deny: [],
});
const BEARER = lending({ kind: 'bearer' });
const basic = (user: string, host?: string): Policy => lending({ kind: 'basic', user }, host);
/** A host's echo of basic authentication: it contains no form of the secret itself. */
const told = (user: string): string =>
  Buffer.from(Buffer.from(`${user}:${VALUE}`).toString('base64')).toString('hex');

/**
 * The controls of a gateway that started with `BEARER`, and what it scrubs, also at the moment of a change of policy.
 */
function begun() {
  const screen = createLiveScreen({ secrets, rules: [], basicUsers: [] });
  const tells = (user: string): boolean => screen.scrub.text(told(user)).includes(told(user));
  const live = createLivePolicy(BEARER);
  const atChange: boolean[] = [];
  const change = (next: Policy): number => {
    atChange.push(tells('bob'));
    return live.change(next);
  };
  const controls = createControls({
    config: { bottleId: 'b1', policy: BEARER },
    audit,
    policy: { ...live, change },
    screen,
    dropIdle: () => undefined,
  });
  return { controls, tells, atChange };
}

test('no answer contains a secret joined with a user that a new policy adds, from the first request on', () => {
  const { controls, tells, atChange } = begun();
  expect(tells('bob')).toBe(true);
  expect(controls.setPolicy(basic('bob'))).toEqual({ closed: 0 });
  expect({ atChange, bob: tells('bob') }).toEqual({ atChange: [false], bob: false });
});

test('the gateway continues to scrub that pair after later policies and values', () => {
  const { controls, tells } = begun();
  controls.setPolicy(basic('bob'));
  controls.setPolicy(basic('eve'));
  controls.setSecrets({ key: 'second-value-of-the-key' });
  controls.setPolicy(BEARER);
  expect([tells('bob'), tells('eve')]).toEqual([false, false]);
});

test('a policy that cannot take effect changes nothing', () => {
  const { controls, tells, atChange } = begun();
  expect(controls.setPolicy(basic('bob', 'other.example'))).toHaveProperty('lacking');
  expect({ atChange, bob: tells('bob') }).toEqual({ atChange: [], bob: true });
});
