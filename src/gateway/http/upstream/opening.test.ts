import { expect, test } from 'vitest';
import type { Passage } from '../../gate/gate.ts';
import {
  answer,
  ask,
  ENDS,
  fickle,
  upstream,
  outbound,
  type Behaviour,
  type Upstream,
} from './sessions.testing.ts';

/** Requests that wait for a connection which is dialled for one of them. */

const { serve }: Behaviour = { serve: (stream, path) => answer(stream, path) };

/** Behaves as the dialler in forward.ts. */
const unlessRevoked = ({ revocation }: Passage): void => {
  const reason = revocation.revoked();
  if (reason !== undefined) throw new Error(reason);
};

/** The results: a status, or the reason of a failure. */
async function endsOf(asked: readonly Promise<{ readonly status?: number }>[]): Promise<unknown[]> {
  const ends = await Promise.allSettled(asked);
  return ends.map((end) => (end.status === 'fulfilled' ? end.value.status : String(end.reason)));
}

async function askBy(
  { sessions }: Upstream,
  origin: Parameters<Upstream['sessions']['send']>[1],
): Promise<{ readonly status?: number }> {
  return (await (await sessions.send(outbound('/'), origin))?.answered) ?? {};
}

test('a request whose passage is revoked during the dial fails alone', async () => {
  const all = upstream({ dialled: unlessRevoked, serve });
  const origin = fickle(ENDS['its passage was revoked']);
  const asked = [askBy(all, origin), ask(all, '/1'), ask(all, '/2')];
  origin.end();
  expect(await endsOf(asked)).toEqual(['Error: the rule is gone', 200, 200]);
  expect(all.dials()).toBe(2);
  all.sessions.close();
});

test('requests whose passages are revoked during their dials fail with their own reasons, and cost one attempt each', async () => {
  const origins = ['one', 'two', 'three'].map((revoked) => fickle({ revoked, isWanted: true }));
  let round = 0;
  const all = upstream({
    dialled: (passage) => {
      origins[round++]?.end();
      unlessRevoked(passage);
    },
    serve,
  });
  const asked = [...origins.map(async (origin) => await askBy(all, origin)), ask(all, '/')];
  expect(await endsOf(asked)).toEqual(['Error: one', 'Error: two', 'Error: three', 200]);
  expect(all.dials()).toBe(4);
  all.sessions.close();
});

test('an unreachable upstream is dialled once for all waiting requests, even when a passage is revoked meanwhile', async () => {
  const none = upstream({
    dialled: () => {
      throw new Error('nobody there');
    },
    serve,
  });
  const origin = fickle(ENDS['its passage was revoked']);
  const asked = [askBy(none, origin), ask(none, '/1'), ask(none, '/2')];
  origin.end();
  expect(await endsOf(asked)).toEqual(Array.from(asked, () => 'Error: nobody there'));
  expect(none.dials()).toBe(1);
});
