import { describe, expect, it } from 'vitest';
import { sourceCheckIn, sourceCheckScript } from './source-check.ts';

const NETWORK = 'net:[4026532000]';
const OWN = { family: 'ip', table: 'bot_bottle_source' };
const TABLE = { table: { family: 'ip', name: 'bot_bottle_source', handle: 2 } };
const CHAIN = {
  ...OWN,
  name: 'in',
  handle: 1,
  type: 'filter',
  hook: 'prerouting',
  prio: -300,
  policy: 'accept',
};
const NOT_LOOPBACK = { match: { op: '!=', left: { meta: { key: 'iifname' } }, right: 'lo' } };
const missing = (flags: readonly string[]): object => ({
  match: { op: '==', left: { fib: { result: 'oif', flags } }, right: false },
});
const NO_WAY_BACK = missing(['saddr', 'iif']);
const DROP = { drop: null };
const rule = (...expr: object[]): object => ({ rule: { ...OWN, chain: 'in', handle: 3, expr } });
const RULE = rule(NOT_LOOPBACK, NO_WAY_BACK, DROP);

/** The output of the script. */
const printed = (...entries: object[]): string =>
  `${JSON.stringify({ nftables: [{ metainfo: { version: '1.1.3' } }, ...entries] })}\n${NETWORK}\n`;

/**
 * Recorded: the output of nft 1.0.6 (Debian 12) and nft 1.1.3 (Debian 13) after `sourceCheckScript`, without the
 * metainfo.
 */
const RECORDED = `{"table": {"family": "ip", "name": "bot_bottle_source", "handle": 3}}, {"chain": {"family": "ip", "table": "bot_bottle_source", "name": "in", "handle": 1, "type": "filter", "hook": "prerouting", "prio": -300, "policy": "accept"}}, {"rule": {"family": "ip", "table": "bot_bottle_source", "chain": "in", "handle": 2, "expr": [{"match": {"op": "!=", "left": {"meta": {"key": "iifname"}}, "right": "lo"}}, {"match": {"op": "==", "left": {"fib": {"result": "oif", "flags": ["saddr", "iif"]}}, "right": false}}, {"drop": null}]}}`;

describe('sourceCheckIn', () => {
  it.each(['1.0.6', '1.1.3'])('sourceCheckIn finds the check in the recorded answer of nft %s', (version) => {
    const said = `{"nftables": [{"metainfo": {"version": "${version}", "json_schema_version": 1}}, ${RECORDED}]}\n${NETWORK}\n`;
    expect(sourceCheckIn(said, NETWORK)).toBe(`ip bot_bottle_source: strict reverse path, ${NETWORK}`);
  });

  it('sourceCheckIn finds the installed check', () => {
    expect(sourceCheckIn(printed(TABLE, { chain: CHAIN }, RULE), NETWORK)).toBe(
      `ip bot_bottle_source: strict reverse path, ${NETWORK}`,
    );
  });

  it.each([
    ['nothing', ''],
    ['no JSON', `Error: No such file or directory\n${NETWORK}`],
    ['no list', `{}\n${NETWORK}`],
    ['no chain', printed(TABLE)],
    ['no rule', printed(TABLE, { chain: CHAIN })],
    ['another hook', printed(TABLE, { chain: { ...CHAIN, hook: 'forward' } }, RULE)],
    ['another priority', printed(TABLE, { chain: { ...CHAIN, prio: 0 } }, RULE)],
    ['another table', printed(TABLE, { chain: { ...CHAIN, table: 'other' } }, RULE)],
    ['a loose check', printed(TABLE, { chain: CHAIN }, rule(NOT_LOOPBACK, missing(['saddr']), DROP))],
    ['another verdict', printed(TABLE, { chain: CHAIN }, rule(NOT_LOOPBACK, NO_WAY_BACK, { accept: null }))],
    [
      'a condition more',
      printed(TABLE, { chain: CHAIN }, rule(NOT_LOOPBACK, NO_WAY_BACK, NO_WAY_BACK, DROP)),
    ],
    ['a rule before it', printed(TABLE, { chain: CHAIN }, rule({ accept: null }), RULE)],
    ['a second chain', printed(TABLE, { chain: CHAIN }, { chain: { ...CHAIN, name: 'out' } }, RULE)],
  ])('sourceCheckIn does not accept %s', (_what, text) => {
    expect(sourceCheckIn(text, NETWORK)).toBeUndefined();
  });

  it('sourceCheckIn does not accept the check of another network', () => {
    const said = printed(TABLE, { chain: CHAIN }, RULE);
    expect(sourceCheckIn(said, 'net:[4026532001]')).toBeUndefined();
  });

  it('sourceCheckIn needs the network where it is not known', () => {
    const said = printed(TABLE, { chain: CHAIN }, RULE);
    expect(sourceCheckIn(said, undefined)).toMatch(/strict reverse path/);
    expect(sourceCheckIn(said.replace(NETWORK, ''), undefined)).toBeUndefined();
  });
});

describe('sourceCheckScript', () => {
  it('sourceCheckScript replaces the old check in one transaction, before the readback', () => {
    const [install, list, network] = sourceCheckScript().split(' && ');
    expect(install).toMatch(/^nft 'add table [^']*; delete table [^']*; add table [^']* oif missing drop'$/);
    expect(list).toBe('nft --json list table ip bot_bottle_source');
    expect(network).toBe('readlink /proc/self/ns/net');
  });
});
