import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  BOUNDARIES,
  type Boundary,
  type RungCheck,
  type Rung,
  type RuntimeName,
  type Traits,
} from '../../drivers/driver.ts';
import { selectNetworkForm, selectRung, noRung } from './select.ts';

const traits = {
  ownNetworkStack: false,
  onlySockets: false,
  hasCompanions: true,
  joinedBy: 'root',
  gatewayAddress: '127.200.0.1',
  needsImage: true,
  sharesFiles: true,
  limits: 'cgroup',
  canDetach: true,
  hostSockets: true,
  rootInside: true,
  minPids: 1,
} as const;

function check(runtime: RuntimeName, boundary: Boundary, status: RungCheck['status']): RungCheck {
  const rung = { runtime, boundary, engine: 'docker', traits } as const;
  return { rung, status, reason: 'because', fix: `install ${runtime}`, evidence: {} };
}

const auto = (minBoundary: Boundary) => ({ runtime: 'auto', minBoundary }) as const;

describe('the choice of a rung', () => {
  test('the strongest ready rung is chosen, and the skipped ones are named', () => {
    const choice = selectRung(auto('shared-kernel'), [
      check('bubblewrap', 'shared-kernel', 'ready'),
      check('runsc', 'user-kernel', 'ready'),
      check('kata', 'vm', 'installed'),
    ]);
    expect(choice.check.rung.runtime).toBe('runsc');
    expect(choice.why).toContain('kata is installed');
  });

  test('the nearest rung is named for a runtime that several engines offer', () => {
    const choice = selectRung(auto('shared-kernel'), [
      check('runsc', 'user-kernel', 'ready'),
      check('kata', 'vm', 'installed'),
      check('firecracker', 'vm', 'absent'),
      check('kata', 'vm', 'absent'),
    ]);
    expect(choice.why).toMatch(/\(kata is installed, firecracker is absent\)$/);
  });

  test('a rung that must be named is skipped, unless nothing else is strong enough', () => {
    const emulated = { ...check('qemu', 'vm', 'ready'), onlyIfAsked: 'emulated' };
    const checks = [check('runsc', 'user-kernel', 'ready'), emulated];
    const choice = selectRung(auto('shared-kernel'), checks);
    expect(choice).toMatchObject({
      check: checks[0],
      why: expect.stringContaining('qemu is emulated') as string,
    });
    expect(selectRung(auto('vm'), checks).check).toBe(emulated);
    expect(selectRung({ runtime: 'qemu', minBoundary: 'vm' }, checks).check).toBe(emulated);
  });

  test("among equal rungs the first in the platform's list is chosen", () => {
    const machines = [check('kata', 'vm', 'ready'), check('qemu', 'vm', 'ready')].map((one) =>
      one.rung.runtime === 'qemu' ? { ...one, rung: { ...one.rung, engine: 'qemu' as const } } : one,
    );
    for (const checks of [machines, machines.toReversed()]) {
      expect(selectRung(auto('vm'), checks, 'linux').check.rung.runtime).toBe('qemu');
    }
  });

  test("the platform's rungs are named where none is there", () => {
    const choose = (platform: string) => () => selectRung(auto('shared-kernel'), [], platform);
    expect(choose('darwin')).toThrow(
      expect.objectContaining({ fix: expect.stringContaining('colima ssh') as string }),
    );
    expect(choose('win32')).toThrow(
      expect.objectContaining({ fix: expect.stringContaining('WSL 2') as string }),
    );
  });

  test("a choice below the minimum boundary is refused with exit code 6 and the nearest rung's remedy", () => {
    const choose = () =>
      selectRung(auto('vm'), [check('runsc', 'user-kernel', 'ready'), check('qemu', 'vm', 'absent')]);
    expect(choose).toThrow(expect.objectContaining({ code: 'rungUnavailable', fix: 'install qemu' }));
  });

  test('a runtime that was named is not replaced by a stronger one', () => {
    const choose = () =>
      selectRung({ runtime: 'runsc', minBoundary: 'shared-kernel' }, [
        check('runsc', 'user-kernel', 'installed'),
        check('kata', 'vm', 'ready'),
      ]);
    expect(choose).toThrow(expect.objectContaining({ code: 'rungUnavailable' }));
  });

  test('no choice is below the minimum boundary or not ready', () => {
    const anyCheck = fc
      .tuple(
        fc.constantFrom('runc', 'runsc', 'kata'),
        fc.constantFrom(...BOUNDARIES),
        fc.constantFrom('ready', 'installed', 'absent'),
      )
      .map(([runtime, boundary, status]) => check(runtime as RuntimeName, boundary, status));
    fc.assert(
      fc.property(fc.array(anyCheck), fc.constantFrom(...BOUNDARIES), (checks, floor) => {
        const good = checks.filter(
          ({ rung, status }) =>
            status === 'ready' && BOUNDARIES.indexOf(rung.boundary) >= BOUNDARIES.indexOf(floor),
        );
        const chosen = attempt(() => selectRung(auto(floor), checks).check);
        expect(good.length === 0 ? [undefined] : good).toContain(chosen);
      }),
    );
  });
});

function attempt<T>(choose: () => T): T | undefined {
  try {
    return choose();
  } catch {
    return undefined;
  }
}

describe('selectNetworkForm', () => {
  const rung = (changed: Partial<Traits>): Rung => ({
    runtime: 'runc',
    boundary: 'shared-kernel',
    engine: 'docker',
    traits: { ...traits, ...changed },
  });
  const refused = expect.objectContaining({ code: 'rungUnavailable' });

  test.each([
    ['a container of root', {}, true, 'joined'],
    ['a container of somebody else', {}, false, 'holder'],
    ['what nobody can enter', { joinedBy: 'nobody' }, true, 'holder'],
    ['a runtime with its own network stack', { ownNetworkStack: true }, true, 'bridge'],
    ['what has sockets alone', { onlySockets: true, joinedBy: 'nobody' }, true, 'sockets'],
    ['what its user can enter', { joinedBy: 'its user', hasCompanions: false }, false, 'joined'],
  ] as const)('selectNetworkForm chooses by default: %s', (...[, changed, isRoot, form]) => {
    expect(selectNetworkForm(rung(changed), undefined, { isRoot })).toBe(form);
  });

  test('selectNetworkForm takes another possible form', () => {
    expect(selectNetworkForm(rung({}), 'holder', { isRoot: true })).toBe('holder');
    expect(selectNetworkForm(rung({}), 'bridge', { isRoot: false })).toBe('bridge');
  });

  test.each([
    ['joined', {}, false],
    ['joined', { ownNetworkStack: true }, true],
    ['bridge', { onlySockets: true }, true],
    ['sockets', {}, true],
    ['holder', { ownNetworkStack: true }, true],
    ['holder', { joinedBy: 'its user', hasCompanions: false }, true],
    ['bridge', { joinedBy: 'its user', hasCompanions: false }, false],
  ] as const)('selectNetworkForm refuses %s where it is not possible', (asked, changed, isRoot) => {
    expect(() => selectNetworkForm(rung(changed), asked, { isRoot })).toThrow(refused);
  });

  test('selectNetworkForm refuses a separate gateway where no container can be beside the bottle', () => {
    const needsSidecar = 'pipelock';
    const alone = rung({ joinedBy: 'its user', hasCompanions: false });
    expect(() => selectNetworkForm(alone, undefined, { isRoot: true, needsSidecar })).toThrow(refused);
    expect(selectNetworkForm(rung({}), undefined, { isRoot: true, needsSidecar })).toBe('bridge');
  });
});

const RUNGS = [
  { runtime: 'bubblewrap', engine: 'bubblewrap' },
  { runtime: 'runc', engine: 'docker' },
  { runtime: 'runc', engine: 'podman' },
] as const;

test.each([
  ['bubblewrap', 'docker', 'bubblewrap needs no engine, and docker does not run it', 'leave out --engine'],
  ['runc', 'bubblewrap', 'bubblewrap does not run runc', '--engine docker, or --engine podman'],
  ['qemu', undefined, 'no driver for runtime qemu', 'bot-bottle doctor'],
] as const)('the rung of %s by %s is %s', (...[runtime, engine, message, fix]) => {
  expect(noRung({ runtime, engine }, RUNGS)).toMatchObject({
    code: 'rungUnavailable',
    message: expect.stringContaining(message) as string,
    fix: expect.stringContaining(fix) as string,
  });
});
