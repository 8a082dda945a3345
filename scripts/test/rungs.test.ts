import { describe, expect, it } from 'vitest';
import { lackingRungs } from './rungs.ts';

const ready = (runtime: string, engine: string) => ({
  runtime,
  engine,
  status: 'ready',
  reason: '',
  fix: '',
});
const ALL = [
  ready('bubblewrap', 'bubblewrap'),
  ready('qemu', 'qemu'),
  ...['docker', 'podman'].flatMap((engine) =>
    ['runc', 'crun', 'runsc'].map((runtime) => ready(runtime, engine)),
  ),
];

describe('lackingRungs', () => {
  it('is empty where all are ready', () => {
    expect(lackingRungs(ALL, true)).toEqual([]);
  });

  it('names a rung that is installed only, one that is not there, and why', () => {
    const without = ALL.filter(({ runtime }) => runtime !== 'bubblewrap').map((rung) =>
      rung.runtime === 'runsc' && rung.engine === 'docker'
        ? { ...rung, status: 'installed', reason: 'too old', fix: 'apt install runsc' }
        : rung,
    );
    expect(lackingRungs(without, true)).toEqual([
      'bubblewrap (bubblewrap) not known to doctor',
      'runsc (docker) installed: too old; apt install runsc',
    ]);
  });

  it('asks less of Podman where the tests do not run as root', () => {
    const noPodman = ALL.filter(({ engine }) => engine !== 'podman');
    expect(lackingRungs(noPodman, false)).toEqual([]);
    expect(lackingRungs(noPodman, true)).toHaveLength(3);
  });
});
