import { describe, expect, it } from 'vitest';
import { dropIn, dropScript, missingInDrop } from './drop.ts';

const TABLE = 'bot_bottle_0123456789ab';
const BRIDGE = 'bb-0123456789ab';

/** Recorded: the output of nft 1.0.6 (Debian 12) and nft 1.1.3 (Debian 13) after `dropScript`; both are the same. */
const RECORDED = `table netdev ${TABLE} {
\tchain up {
\t\ttype filter hook ingress device "${BRIDGE}" priority -500; policy drop;
\t}
}
`;
/** Recorded: the output of nft 1.0.6 and nft 1.1.3 for a chain with a list of devices. */
const RECORDED_LIST = `table netdev ${TABLE} {
\tchain up {
\t\ttype filter hook ingress devices = { ${BRIDGE}, lo } priority -500; policy drop;
\t}
}
`;
/** Recorded: the JSON of nft 1.0.6, which names no device. */
const RECORDED_JSON = `{"nftables": [{"metainfo": {"version": "1.0.6", "release_name": "Lester Gooch #5", "json_schema_version": 1}}, {"table": {"family": "netdev", "name": "${TABLE}", "handle": 2}}, {"chain": {"family": "netdev", "table": "${TABLE}", "name": "up", "handle": 1, "type": "filter", "hook": "ingress", "prio": -500, "policy": "drop"}}]}`;

const changed = (from: string, to: string): string => {
  if (!RECORDED.includes(from)) throw new Error(`the recorded text does not have ${from}`);
  return RECORDED.replace(from, to);
};

it('the table is listed as text, because the JSON of nft 1.0.6 omits devices', () => {
  expect(dropScript(TABLE, BRIDGE)).toMatch(new RegExp(`&& nft list table netdev ${TABLE}$`));
});

describe('dropIn', () => {
  it.each([
    ['as nft 1.0.6 and 1.1.3 print it', RECORDED],
    ['with a list of one device', RECORDED_LIST.replace(', lo', '')],
    ['with a list of one quoted device', changed(`device "${BRIDGE}"`, `devices = { "${BRIDGE}" }`)],
  ])('dropIn finds the installed drop, %s', (_how, text) => {
    expect(dropIn(text, TABLE, BRIDGE)).toBe(`netdev ${TABLE}: ingress of ${BRIDGE}, policy drop`);
  });

  const DEVICE = `device ${BRIDGE}`;
  const MORE = 'nothing; nft lists more than the drop';
  const SECOND_CHAIN = `\t}\n\n\tchain two {\n\t\ttype filter hook ingress device "${BRIDGE}" priority -600; policy accept;\n\t}\n}\n`;
  it.each([
    ['nothing', '', 'policy drop;'],
    ['an error', 'Error: No such file or directory', DEVICE],
    ['the JSON of nft 1.0.6', RECORDED_JSON, DEVICE],
    ['a table without a chain', `table netdev ${TABLE} {\n}\n`, 'chain up {'],
    ['another policy', changed('policy drop', 'policy accept'), 'policy drop;'],
    ['another device', changed(BRIDGE, 'docker0'), DEVICE],
    ['a device whose name only begins so', changed(BRIDGE, `${BRIDGE}0`), DEVICE],
    ['a chain without a device', changed(` device "${BRIDGE}"`, ''), DEVICE],
    ['a list of more devices', RECORDED_LIST, DEVICE],
    ['another hook', changed('ingress', 'egress'), 'type filter hook ingress'],
    ['another priority', changed('-500', '500'), 'priority -500;'],
    ['another table', changed(TABLE, 'other'), `table netdev ${TABLE} {`],
    ['another family', changed('netdev', 'inet'), `table netdev ${TABLE} {`],
    ['a second chain', changed('\t}\n}\n', SECOND_CHAIN), MORE],
    ['a second table', `${RECORDED}${RECORDED}`, MORE],
    ['a rule before the policy', changed('\t}\n}', '\t\taccept\n\t}\n}'), MORE],
    ['a flag of the chain', changed('-500;', '-500; flags offload;'), MORE],
  ])('dropIn does not accept %s, and names the missing part', (_what, text, missing) => {
    expect(dropIn(text, TABLE, BRIDGE)).toBeUndefined();
    expect(missingInDrop(text, TABLE, BRIDGE)).toContain(missing);
  });
});
