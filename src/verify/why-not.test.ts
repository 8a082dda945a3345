import { expect, test } from 'vitest';
import { DRIVERS } from '../drivers/index.ts';
import { viewHost } from './arena/host-view.ts';
import { PROBES } from './probes/index.ts';
import { whyNot } from './why-not.ts';

const RUNGS = DRIVERS.flatMap(({ rungs }) => rungs);

test.each(RUNGS)(
  'where no bait was laid out, none is sent, and all else is: $engine $runtime',
  async (rung) => {
    const host = await viewHost();
    const skipped = (hasBait: boolean): readonly string[] =>
      PROBES.filter(
        (probe) =>
          probe.family === 'leaks' &&
          whyNot(probe, { rung, host, firstPid: undefined, isMounted: false, hasBait }) !== undefined,
      ).map(({ id }) => id);
    expect(skipped(false)).toEqual(['leak-bait', 'leak-bait-base64']);
    expect(skipped(true)).toEqual([]);
  },
);
