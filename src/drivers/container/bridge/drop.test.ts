import { describe, expect, it } from 'vitest';
import { dropIn } from './drop.ts';

const TABLE = 'bot_bottle_0123456789ab';
const BRIDGE = 'bb-0123456789ab';
const CHAIN = {
  family: 'netdev',
  table: TABLE,
  name: 'up',
  handle: 1,
  dev: BRIDGE,
  type: 'filter',
  hook: 'ingress',
  prio: -500,
  policy: 'drop',
};

const listing = (...entries: object[]): string =>
  JSON.stringify({ nftables: [{ metainfo: {} }, { table: { family: 'netdev', name: TABLE } }, ...entries] });

describe('dropIn', () => {
  it('finds the drop that was installed', () => {
    expect(dropIn(listing({ chain: CHAIN }), TABLE, BRIDGE)).toBe(
      `netdev ${TABLE}: ingress of ${BRIDGE}, policy drop`,
    );
    expect(dropIn(listing({ chain: { ...CHAIN, dev: [BRIDGE] } }), TABLE, BRIDGE)).toBeDefined();
  });

  it.each([
    ['nothing', ''],
    ['no JSON', 'Error: No such file or directory'],
    ['no chain', listing()],
    ['another policy', listing({ chain: { ...CHAIN, policy: 'accept' } })],
    ['another device', listing({ chain: { ...CHAIN, dev: 'docker0' } })],
    ['no device', listing({ chain: { ...CHAIN, dev: undefined } })],
    ['another hook', listing({ chain: { ...CHAIN, hook: 'egress' } })],
    ['another table', listing({ chain: { ...CHAIN, table: 'other' } })],
    ['a second chain', listing({ chain: CHAIN }, { chain: { ...CHAIN, policy: 'accept' } })],
    ['a rule before the policy', listing({ chain: CHAIN }, { rule: { expr: [{ accept: null }] } })],
  ])('does not take %s for it', (_what, text) => {
    expect(dropIn(text, TABLE, BRIDGE)).toBeUndefined();
  });
});
