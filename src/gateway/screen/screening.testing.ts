import { Readable } from 'node:stream';
import type { AuditLog } from '../audit/log.ts';
import type { Rule } from '../config.ts';
import type { Judged } from '../gate/gate.ts';
import { gateBy } from '../gate/gate.testing.ts';
import type { RawHeaders } from '../message/headers.ts';
import { createLivePolicy, type LivePolicy } from '../gate/live-policy.ts';
import { admit } from './judge.ts';
import { createScreen } from './screen.ts';

/** Screens a request by one rule that inspects content, and may lend an identity. */

export const SECRET = 'Tq7vXe2ZrWm9Kc4Lp8Jd6Sy3Gh5Bn';
export const PLACEHOLDER = 'held-Kd8Wn3Yq6Xs1Zt5V';
const LENT = { key: { value: 'lent-Vq8mZ2xKp4Rt7Lw9', placeholder: PLACEHOLDER } };
const screen = createScreen({
  secrets: { inject: LENT, protect: [{ name: '.env', value: SECRET, kind: 'secret' }] },
  rules: [],
  basicUsers: [],
});
export const RULE: Rule = {
  id: 'allow[0]',
  host: 'a.test',
  port: 443,
  scheme: 'https',
  opensTls: true,
  dlp: 'block',
  addresses: ['192.0.2.1'],
};
export const ASKED = {
  via: 'tls',
  host: 'a.test',
  port: 443,
  scheme: 'https',
  method: 'POST',
  path: '/',
} as const;

interface Sent {
  readonly path?: string;
  readonly headers?: RawHeaders;
  readonly body?: Readable;
  readonly trailers?: RawHeaders;
}

interface Screening {
  readonly audit: AuditLog;
  /** Further members of its rule. */
  readonly more?: Partial<Rule>;
  readonly policy?: LivePolicy;
}

/** Returns the screened request or its refusal. */
export async function screened(
  { path = '/', headers = [], body, trailers = [] }: Sent,
  { audit, more, policy = createLivePolicy({ allow: [{ ...RULE, ...more }], deny: [] }) }: Screening,
): ReturnType<typeof admit> {
  const gate = gateBy(policy, audit);
  const judged = (await gate.judge(ASKED)) as Judged;
  const inbound = { method: 'POST', path, headers, body, trailers: () => trailers, wantsTrailers: false };
  return await admit(inbound, judged, { gate, screen });
}
