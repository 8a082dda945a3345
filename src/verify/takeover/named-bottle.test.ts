import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { anyBottle } from '../../../test/support/bottles.ts';
import { manifestOf } from '../../../test/support/manifest.ts';
import { policyOf } from '../../bottle/egress/policy.ts';
import { decideEarly } from '../../gateway/policy/decide.ts';
import { selectAgent } from '../../manifest/draft.ts';
import type { ResolvedAgent } from '../../manifest/resolve.ts';
import type { ResolvedRule } from '../../manifest/rules.ts';
import { arenaManifest, type ArenaBottle } from '../arena/manifest.ts';
import { OWN_DOMAIN } from '../arena/targets.ts';
import { namedBottle } from './named-bottle.ts';
import { namedIn, resolved, subjectsIn } from './named.testing.ts';
import { asWritten, enough } from './resources.ts';

const LIMITS = 'cgroup';
const PLACES = {
  ports: [4000, 4001],
  lenderPorts: [4002],
  address: '192.0.2.1',
  ownName: 'this-host',
  presets: [],
};

/** Returns a user's bottle and the one that is attacked for it, both resolved as by a start. */
function bothOf(
  bottle: object,
  collectors: ArenaBottle['collectors'] = [],
): { readonly own: ResolvedAgent; readonly attacked: ResolvedAgent } {
  const subjects = subjectsIn({ bottles: { dev: bottle } });
  const named = namedBottle(subjects);
  const text = arenaManifest({
    ...PLACES,
    collectors,
    agent: 'verify-1',
    named: named.input,
    resources: asWritten(enough(named.resources, LIMITS)),
  });
  return { own: subjects[0].agent, attacked: resolved(selectAgent(manifestOf(text), 'verify-1')) };
}

/** Removes what depends on a rule's position. */
const said = (rule: ResolvedRule): object => ({ ...rule, id: '', position: '' });

describe("the staged copy of a user's bottle", () => {
  const both = anyBottle().map((bottle) => bothOf(bottle));
  const holds = (claim: (pair: ReturnType<typeof bothOf>) => void): void =>
    fc.assert(fc.property(both, claim));

  test("a staged bottle has every rule in order, and only verify's own hosts are added", () => {
    holds(({ own, attacked }) => {
      for (const side of ['allow', 'deny'] as const) {
        const [before, after] = [own.egress[side], attacked.egress[side]];
        expect(after.slice(0, before.length).map(said)).toEqual(before.map(said));
        for (const { host } of after.slice(before.length)) {
          expect(host === PLACES.ownName || host.endsWith(`.${OWN_DOMAIN}`)).toBe(true);
        }
      }
    });
  });

  test("a staged bottle's gateway judges the user's hosts unchanged", () => {
    const hosts = [
      'a.example.org',
      'b.example.org',
      'c.example.org',
      'x.example.org',
      'y.example.net',
      'github.com',
    ];
    holds(({ own, attacked }) => {
      for (const host of hosts) {
        const verdicts = [own, attacked].map(
          (agent) => decideEarly(policyOf(agent), { host, port: 443 }).verdict,
        );
        expect(verdicts[1]).toBe(verdicts[0]);
      }
    });
  });

  test('a staged bottle keeps everything that encloses it, except a workspace that the programs need', () => {
    holds(({ own, attacked }) => {
      const kept = ({ runtime, minBoundary, gateway, ssh, egress }: ResolvedAgent) => ({
        runtime,
        minBoundary,
        gateway,
        ssh: ssh.map((entry) => ({ ...entry, position: '' })),
        protect: egress.protect,
        canary: egress.canary,
        secretRules: egress.secretRules,
      });
      expect(kept(attacked)).toEqual(kept(own));
      expect(attacked.workspace).toBe(own.workspace === 'none' ? 'copy' : own.workspace);
    });
  });

  test("a staged bottle has at most the user's resources, or as little as attacks need", () => {
    holds(({ own, attacked }) => {
      expect(attacked.resources.pids).toBe(Math.max(own.resources.pids, 128));
      expect(attacked.resources.memoryBytes).toBe(Math.max(own.resources.memoryBytes, 384 * 1024 ** 2));
      expect(attacked.resources.cpus).toBe(Math.max(own.resources.cpus, 1));
      expect(attacked.resources.diskBytes).toBe(own.resources.diskBytes);
    });
  });

  test('a staged bottle has every variable', () => {
    holds(({ own, attacked }) => {
      const { env } = attacked;
      const answered = Object.entries(own.env()).filter(([, value]) => value !== 'answered');
      expect(env()).toMatchObject(Object.fromEntries(answered));
      expect(attacked.envNames).toEqual(expect.arrayContaining([...own.envNames]));
    });
  });

  test('a staged bottle has no budgets', () => {
    holds(({ attacked: { egress } }) => {
      expect([egress.maxBytes, egress.maxRequests, egress.maxTokens]).toEqual([
        undefined,
        undefined,
        undefined,
      ]);
    });
  });

  test('each setting of a bottle is reported once, with its effect', () => {
    fc.assert(
      fc.property(anyBottle(), (bottle) => {
        const subjects = subjectsIn({ bottles: { dev: bottle } });
        const names = Object.keys(subjects[0].draft.bottle.settings).map((key) =>
          key.startsWith('env.') ? 'env' : key,
        );
        const isEmpty = (name: string): boolean => name === 'skills' && subjects[0].agent.skills.length === 0;
        const told = namedBottle(subjects).settings.map(({ setting }) => setting as string);
        expect(told.toSorted()).toEqual([...new Set(names)].filter((name) => !isEmpty(name)).toSorted());
      }),
    );
  });
});

test.each([
  [undefined, ['block', 'block', 'block']],
  ['off', [undefined, undefined, undefined]],
  ['warn', ['warn', 'warn', 'warn']],
] as const)('egress.dlp: %s holds for the host that secrets are sent to', (dlp, expected) => {
  const { attacked } = bothOf({ egress: { allow: [], ...(dlp === undefined ? {} : { dlp }) } }, [
    { port: 4003, plainPort: 4004 },
  ]);
  const rules = policyOf(attacked).allow.filter(({ id }) => id.includes('looked.'));
  expect(rules.map((rule) => rule.dlp)).toEqual(expected);
  // TLS is opened all the same, so that the data arrives as elsewhere.
  expect(rules.map(({ opensTls }) => opensTls ?? false)).toEqual([true, true, false]);
});

test('a bottle has what any of its agents has, and its questions stay unanswered', () => {
  const named = namedIn(
    { env: { A: 'bottle', B: '?Which' }, skills: ['one'] },
    {
      first: { bottle: 'dev', agent: 'claude', env: { A: 'first', C: '${HOME}' }, skills: ['two'] },
      second: { bottle: 'dev', agent: 'shell', env: { A: 'second', D: 'd' } },
    },
  );
  expect(named.input.env).toEqual({
    A: 'first',
    B: expect.stringMatching(/^[a-z-]+$/) as string,
    C: '${HOME}',
    D: 'd',
  });
  expect(named.skills.map(({ name }) => name)).toEqual(['one', 'two']);
  const fates = Object.fromEntries(named.settings.map(({ setting, fate }) => [setting, fate]));
  expect(fates).toEqual({ env: 'changed', skills: 'taken', agent: 'left' });
});

test.each([
  [{ workspace: 'none' }, 'workspace', 'changed'],
  [{ workspace: 'mount' }, 'workspace', 'taken'],
  [{ resources: { pids: 64 } }, 'resources.pids', 'changed'],
  [{ resources: { pids: 512 } }, 'resources.pids', 'taken'],
  [{ env: { A: 'a' } }, 'env', 'taken'],
  [{ egress: { max_requests: 3 } }, 'egress.max_requests', 'left'],
])('the setting %j: %s is %s', (bottle, setting, fate) => {
  const [told] = namedIn(bottle).settings;
  expect(told).toMatchObject({ setting, fate });
  expect(fate === 'taken' || told?.why !== '').toBe(true);
});
