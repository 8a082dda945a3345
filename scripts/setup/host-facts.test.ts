import { describe, expect, it } from 'vitest';
import { findExtraCgroup2, withoutExtraCgroup2, type HostFacts } from './host-facts.ts';

const V1 = '30 20 0:26 / /sys/fs/cgroup/pids rw,relatime shared:9 - cgroup cgroup rw,pids';
const V2 = '31 20 0:27 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw';
const V2_ALONE = '31 20 0:27 / /sys/fs/cgroup rw,relatime - cgroup2 cgroup2 rw';

describe('findExtraCgroup2', () => {
  it('finds cgroup v2 only beside cgroup v1', () => {
    expect(findExtraCgroup2(`${V1}\n${V2}\n`)).toBe('/sys/fs/cgroup/unified');
    expect(findExtraCgroup2(`${V2_ALONE}\n`)).toBeUndefined();
    expect(findExtraCgroup2(`${V1}\n`)).toBeUndefined();
  });
});

describe('withoutExtraCgroup2', () => {
  const facts: HostFacts = {
    isRoot: true,
    hasSystemd: false,
    hasUdev: false,
    kernel: '6.18.0',
    extraCgroup2: '/sys/fs/cgroup/unified',
  };

  it('hides the mount, and passes the command on as arguments', () => {
    const argv = withoutExtraCgroup2(facts, ['dockerd', '--debug']);
    expect(argv[0]).toBe('unshare');
    expect(argv.slice(-3)).toEqual(['/sys/fs/cgroup/unified', 'dockerd', '--debug']);
  });

  it('leaves the command alone where nothing is to hide, or where it may not', () => {
    expect(withoutExtraCgroup2({ ...facts, extraCgroup2: undefined }, ['dockerd'])).toEqual(['dockerd']);
    expect(withoutExtraCgroup2({ ...facts, isRoot: false }, ['dockerd'])).toEqual(['dockerd']);
  });
});
