import { describe, expect, it, test } from 'vitest';
import { BOUNDARIES, type Boundary, type Rung } from '../../drivers/driver.ts';
import { AUTO, autoListOf, byPreference, PLATFORMS, type AutoRow } from './auto.ts';
import { allRungs } from './rung-checks.ts';

const boundaryOf = ({ runtime, engine = runtime as AutoRow['engine'] }: AutoRow): Boundary | undefined =>
  allRungs().find((rung) => rung.runtime === runtime && rung.engine === engine)?.boundary;

describe('the list of Linux', () => {
  it('the list for Linux has every rung that a driver offers here, once', () => {
    const listed = AUTO.linux.rows.map(({ runtime, engine = runtime }) => `${runtime} on ${engine}`);
    const offered = allRungs()
      .filter(({ runtime }) => !AUTO.darwin.rows.some((row) => row.runtime === runtime))
      .map(({ runtime, engine }) => `${runtime} on ${engine}`);
    expect(listed.toSorted()).toEqual(offered.toSorted());
  });

  it('the list for Linux never has a weaker boundary before a stronger one', () => {
    const places = AUTO.linux.rows.map((row) => BOUNDARIES.indexOf(boundaryOf(row) ?? 'shared-kernel'));
    expect(places).toEqual(places.toSorted((a, b) => b - a));
  });

  it('the list for Linux has machines without shared folders before Kata, and Docker before Podman', () => {
    const order = AUTO.linux.rows.map(({ runtime, engine }) => `${runtime} ${engine ?? ''}`.trim());
    expect(order.slice(0, 6)).toEqual([
      'firecracker',
      'qemu',
      'kata docker',
      'kata nerdctl',
      'runsc docker',
      'runsc podman',
    ]);
  });
});

test.each(PLATFORMS)('%s: each row has a reason, and a remedy where none is ready', (platform) => {
  const { rows, otherwise, title } = AUTO[platform];
  expect(rows.filter(({ why }) => why.length < 5)).toEqual([]);
  expect(otherwise).not.toBe('');
  expect(title).not.toBe('');
});

test('a platform without a list uses that of Linux', () => {
  expect(autoListOf('freebsd')).toBe(AUTO.linux);
  expect(autoListOf('darwin')).toBe(AUTO.darwin);
});

describe('rungs in order', () => {
  const rung = (runtime: string, engine: string): Rung => {
    const found = allRungs().find((one) => one.runtime === runtime && one.engine === engine);
    if (found === undefined) throw new Error(`no ${runtime} on ${engine}`);
    return found;
  };

  it('rungs are ordered by the list, whatever their given order', () => {
    const mixed = [
      rung('crun', 'podman'),
      rung('kata', 'docker'),
      rung('bubblewrap', 'bubblewrap'),
      rung('runsc', 'podman'),
      rung('qemu', 'qemu'),
    ];
    const names = (rungs: readonly Rung[]): string[] => rungs.map(({ runtime }) => runtime);
    const expected = ['qemu', 'kata', 'runsc', 'bubblewrap', 'crun'];
    expect(names(mixed.toSorted(byPreference('linux')))).toEqual(expected);
    expect(names(mixed.toReversed().toSorted(byPreference('linux')))).toEqual(expected);
  });

  it('rungs that the list lacks are ordered by boundary', () => {
    const mixed = [rung('bubblewrap', 'bubblewrap'), rung('qemu', 'qemu')];
    expect(mixed.toSorted(byPreference('darwin'))[0]?.runtime).toBe('qemu');
  });
});
