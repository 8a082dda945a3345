import { expect, test } from 'vitest';
import { DRIVERS } from '../../drivers/index.ts';
import { viewHost, type HostView } from '../arena/host-view.ts';
import { PROBES } from '../probes/index.ts';
import { whyNot } from './why-not.ts';

const RUNGS = DRIVERS.flatMap(({ rungs }) => rungs);
/** Inspecting the host takes some hundred milliseconds. */
const host = await viewHost();

test.each(['tcp-beyond', 'udp-beyond', 'dns-beyond'])(
  'where nobody listens beyond this host, the row of %s says why; else it is made',
  (id) => {
    const [probe, [rung]] = [PROBES.find((probe) => probe.id === id), RUNGS];
    if (probe === undefined || rung === undefined) throw new Error('there is a rung, and such a probe');
    const why = (beyond: HostView['beyond']): string | undefined =>
      whyNot(probe, {
        rung,
        host: { ...host, beyond },
        firstPid: undefined,
        isMounted: false,
        hasBait: false,
      });
    expect(why({ at: undefined, missing: 'not possible: no ip' })).toMatch(/beyond .*: not possible: no ip/);
    expect(why({ at: { ip4: '198.51.100.1' }, missing: undefined })).toBeUndefined();
  },
);

test.each(RUNGS)('where no bait was laid out, none is sent, and all else is: $engine $runtime', (rung) => {
  const skipped = (hasBait: boolean): readonly string[] =>
    PROBES.filter(
      (probe) =>
        probe.family === 'leaks' &&
        whyNot(probe, { rung, host, firstPid: undefined, isMounted: false, hasBait }) !== undefined,
    ).map(({ id }) => id);
  expect(skipped(false)).toEqual(['leak-bait', 'leak-bait-base64']);
  expect(skipped(true)).toEqual([]);
});
