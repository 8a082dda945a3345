import { describe, expect, test } from 'vitest';
import { seededRandom } from '../../../test/support/random.ts';
import { runs } from '../../../test/support/runs.ts';
import { canonicalActions, type Actions } from './actions.ts';
import { CARRIERS, drawSecrets, type Carried } from './carriers.testing.ts';
import { isBlocking, type Finding, type Inspector } from './finding.ts';
import { createInspector } from './inspector.ts';
import { ordinaryRequests } from './ordinary.testing.ts';
import { pinnedRules } from './rules/pinned.ts';

/**
 * Sends every known secret in every carrier, with the pinned rules, and ordinary requests through the same inspection.
 */

const HOST = 'api.example.com';
const rules = pinnedRules();
const secrets = drawSecrets(100, seededRandom(27)).map((value, index) => ({
  name: `SECRET_${index}`,
  value,
  kind: 'secret' as const,
}));

/** Returns the findings in a request, and whether it is refused. */
function inspected(
  inspector: Inspector,
  { path, headers, body }: Carried,
  action: Actions,
): { readonly findings: readonly Finding[]; readonly isRefused: boolean } {
  const contentEncoding = headers.find(([name]) => name === 'content-encoding')?.[1];
  const inHead = inspector.head({ host: HOST, path, headers });
  const inspection = inspector.body({ host: HOST, where: 'body', action, contentEncoding });
  const passed = [inspection.push(body), inspection.end()];
  const isRefused =
    inHead.some((finding) => isBlocking(finding, action)) || passed.some(({ blocked }) => blocked);
  return { findings: [...inHead, ...passed.flatMap(({ findings }) => findings)], isRefused };
}

describe.each([
  ['block', 'block'],
  ['warn for patterns', canonicalActions({ pattern: 'warn' })],
] as const)('with the action %s', (_, action) => {
  test.each(Object.entries(CARRIERS))('a body does not carry out a known secret: %s', (_name, carry) => {
    const inspector = createInspector({ secrets, rules });
    const some = action === 'block' ? secrets.slice(0, runs(secrets.length)) : secrets.slice(0, runs(10));
    const left = some.filter(({ name, value }) => {
      const { findings, isRefused } = inspected(inspector, carry(value), action);
      return !isRefused || !findings.some(({ id, detector }) => id === name && detector === 'secret');
    });
    expect(left.map(({ name }) => name)).toEqual([]);
    // The carrier alone is not refused. (An encoded text behind `api_key` looks like a key, so patterns only warn
    // here.)
    const clean = inspected(inspector, carry('nothing of importance'), canonicalActions({ pattern: 'warn' }));
    expect(clean).toMatchObject({ isRefused: false });
  });
});

test('1,000 ordinary requests pass', () => {
  const inspector = createInspector({ secrets, rules });
  const refused = ordinaryRequests(1_000).flatMap((request, index) => {
    const { findings, isRefused } = inspected(inspector, request, 'block');
    return isRefused ? [{ index, path: request.path, findings }] : [];
  });
  expect(refused).toEqual([]);
});
