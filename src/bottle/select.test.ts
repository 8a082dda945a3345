import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BOUNDARIES, type Boundary, type Probe, type RuntimeName } from '../drivers/driver.ts';
import { selectNetworkForm, selectRung } from './select.ts';

const traits = {
  ownNetworkStack: false,
  needsImage: true,
  limits: 'cgroup',
  canDetach: true,
  hostSockets: true,
  minPids: 1,
} as const;

function probe(runtime: RuntimeName, boundary: Boundary, status: Probe['status']): Probe {
  const rung = { runtime, boundary, engine: 'docker', traits };
  return { rung, status, reason: 'because', fix: `install ${runtime}`, evidence: {} };
}

const auto = (minBoundary: Boundary) => ({ runtime: 'auto', minBoundary }) as const;

describe('the choice of a rung', () => {
  test('takes the strongest that is ready and says what was passed over', () => {
    const choice = selectRung(auto('shared-kernel'), [
      probe('bubblewrap', 'shared-kernel', 'ready'),
      probe('runsc', 'user-kernel', 'ready'),
      probe('kata', 'vm', 'installed'),
    ]);
    expect(choice.probe.rung.runtime).toBe('runsc');
    expect(choice.why).toContain('kata is installed');
  });

  test('refuses below the floor with exit code 6 and the fix of the nearest rung', () => {
    const choose = () =>
      selectRung(auto('vm'), [probe('runsc', 'user-kernel', 'ready'), probe('qemu', 'vm', 'absent')]);
    expect(choose).toThrow(expect.objectContaining({ code: 'rungUnavailable', fix: 'install qemu' }));
  });

  test('a runtime asked for by name is not replaced by a stronger one', () => {
    const choose = () =>
      selectRung({ runtime: 'runsc', minBoundary: 'shared-kernel' }, [
        probe('runsc', 'user-kernel', 'installed'),
        probe('kata', 'vm', 'ready'),
      ]);
    expect(choose).toThrow(expect.objectContaining({ code: 'rungUnavailable' }));
  });

  test('whatever is there: never below the floor, never one that is not ready', () => {
    const anyProbe = fc
      .tuple(
        fc.constantFrom('runc', 'runsc', 'kata'),
        fc.constantFrom(...BOUNDARIES),
        fc.constantFrom('ready', 'installed', 'absent'),
      )
      .map(([runtime, boundary, status]) => probe(runtime as RuntimeName, boundary, status));
    fc.assert(
      fc.property(fc.array(anyProbe), fc.constantFrom(...BOUNDARIES), (probes, floor) => {
        const good = probes.filter(
          ({ rung, status }) =>
            status === 'ready' && BOUNDARIES.indexOf(rung.boundary) >= BOUNDARIES.indexOf(floor),
        );
        const chosen = attempt(() => selectRung(auto(floor), probes).probe);
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

test('a runtime with its own network stack cannot be put into a holder', () => {
  const rung = {
    runtime: 'kata',
    boundary: 'vm',
    engine: 'docker',
    traits: { ...traits, ownNetworkStack: true },
  } as const;
  expect(selectNetworkForm(rung, undefined)).toBe('bridge');
  expect(() => selectNetworkForm(rung, 'holder')).toThrow(
    expect.objectContaining({ code: 'rungUnavailable' }),
  );
});
