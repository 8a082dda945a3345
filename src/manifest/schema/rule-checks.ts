import type { KeyPath } from '../text/document.ts';
import { isMap, type DataMap } from '../text/data.ts';
import { keyName, listed } from '../text/message-text.ts';
import { SLOT_KEYS, SOURCE_KEYS } from './inject-schema.ts';
import { PRESETS } from '../presets/table.ts';
import { isAgentPreset, PRESET_NAMES } from './rule-schema.ts';
import { isTooWide } from './public-suffix.ts';

/** Checks combinations of keys in a rule. */

export interface Finding {
  readonly path: KeyPath;
  readonly what: string;
}

type Side = 'allow' | 'deny';

/** Keys that are a mistake together with certain others, and the reason. */
interface RuleCheck {
  readonly keys: readonly string[];
  readonly isMistake: (rule: DataMap, side: Side) => boolean;
  readonly sentence: string;
}

const has =
  (key: string) =>
  (rule: DataMap): boolean =>
    rule[key] !== undefined;
const is =
  (key: string, value: unknown) =>
  (rule: DataMap): boolean =>
    rule[key] === value;
const inDeny = (_: DataMap, side: Side): boolean => side === 'deny';

/** Patterns that mean a choice in other glob syntaxes. */
const looksLikeChoice = (path: unknown): boolean =>
  typeof path === 'string' && /\{[^{}]*,[^{}]*\}|\[[^\]]+\]/.test(path);

/** Whether the key requests something: `off` and `false` need no sight of the traffic. */
const asks = (rule: DataMap, key: string): boolean => rule[key] !== 'off' && rule[key] !== false;

const saysPaths = (preset: unknown): boolean =>
  PRESET_NAMES.some((name) => name === preset && PRESETS[name].paths !== undefined);

const RULE_CHECKS: readonly RuleCheck[] = [
  {
    keys: ['preset', 'github'],
    isMistake: has('host'),
    sentence: 'does not go with `host`: write two rules',
  },
  { keys: ['github'], isMistake: has('preset'), sentence: 'does not go with `preset`: write two rules' },
  {
    keys: ['port', 'scheme'],
    isMistake: has('preset'),
    sentence: 'does not go with `preset`: the client’s own configuration says it',
  },
  {
    keys: ['port', 'scheme', 'methods', 'paths', 'websocket', 'tls', 'addresses'],
    isMistake: has('github'),
    sentence: 'does not go with `github`, which says it itself; `push: true` allows changes',
  },
  {
    keys: ['methods', 'paths', 'websocket', 'tls', 'addresses'],
    isMistake: ({ preset }) => isAgentPreset(preset),
    sentence:
      'does not go with the preset of an agent, which says it itself; write rules with `host` instead',
  },
  {
    keys: ['paths', 'tls'],
    isMistake: ({ preset }, side) => side === 'allow' && saysPaths(preset),
    sentence: 'does not go with this preset, which opens some paths alone',
  },
  {
    keys: ['push'],
    isMistake: (rule) => !has('github')(rule),
    sentence: 'goes with `github` only',
  },
  {
    keys: ['host'],
    isMistake: ({ host }, side) => side === 'allow' && typeof host === 'string' && isTooWide(host),
    sentence:
      'is too wide: anyone can register a name under it (publicsuffix.org); name the hosts, or a domain of one owner: `*.example.org`',
  },
  {
    keys: ['port'],
    isMistake: (rule, side) =>
      side === 'allow' && rule['port'] === 80 && rule['scheme'] === undefined && !has('preset')(rule),
    sentence: 'is 80 and the scheme would be https; say `scheme: http`, or `scheme: https` if it is meant',
  },
  {
    keys: ['scheme'],
    isMistake: (rule, side) => side === 'allow' && is('scheme', 'tcp')(rule) && !has('port')(rule),
    sentence: 'is tcp, which needs `port`: the one port that is meant',
  },
  {
    keys: ['methods', 'paths', 'websocket', 'inject', 'dlp', 'tls'],
    isMistake: is('scheme', 'tcp'),
    sentence: 'cannot be enforced with `scheme: tcp`, which is not inspected',
  },
  {
    keys: ['methods', 'paths', 'websocket', 'inject', 'dlp'],
    isMistake: is('tls', 'pass'),
    sentence: 'cannot be enforced with `tls: pass`, which is not inspected; leave one of the two out',
  },
  { keys: ['tls'], isMistake: is('scheme', 'http'), sentence: 'has no meaning with `scheme: http`' },
  {
    keys: ['inject'],
    isMistake: is('scheme', 'http'),
    sentence: 'would send the secret in the clear; say `scheme: https`, or leave it out',
  },
  {
    keys: ['inject'],
    isMistake: ({ host }) => typeof host === 'string' && host.startsWith('*'),
    sentence: 'would give the identity to every host under this name; name the one host that it is for',
  },
  {
    keys: ['inject'],
    isMistake: (rule) => has('github')(rule) && rule['inject'] !== 'github',
    sentence: 'goes with `github` as `inject: github` only, which knows where each of its hosts wants it',
  },
  {
    keys: ['websocket'],
    isMistake: ({ websocket, methods }) =>
      websocket === true && Array.isArray(methods) && !methods.includes('GET'),
    sentence: 'could never be used: a WebSocket begins with a GET, which `methods` leaves out',
  },
  {
    // In `allow`, the user soon notices a pattern that never matches; in `deny`, nobody would.
    keys: ['paths'],
    isMistake: ({ paths }, side) => side === 'deny' && Array.isArray(paths) && paths.some(looksLikeChoice),
    sentence: 'has `{a,b}` or `[ab]`, which stand for themselves: write each path, or `*`',
  },
  {
    keys: ['tls', 'addresses', 'inject', 'dlp', 'websocket', 'push', 'max_bytes'],
    isMistake: inDeny,
    sentence: 'has no meaning in `deny`',
  },
];

/** Returns the mistakes of a rule that concern combinations of its keys. */
export function ruleFindings(rule: DataMap, path: KeyPath, side: Side): Finding[] {
  const at = (key: string, sentence: string): Finding => ({
    path: [...path, key],
    what: `${keyName([...path, key])} ${sentence}`,
  });
  const found = RULE_CHECKS.filter(({ isMistake }) => isMistake(rule, side)).flatMap(({ keys, sentence }) =>
    keys.filter((key) => rule[key] !== undefined && asks(rule, key)).map((key) => at(key, sentence)),
  );
  const isNamed = ['host', 'preset', 'github'].some((key) => rule[key] !== undefined);
  const unnamed = { path, what: `${keyName(path)} names no \`host\`, no \`preset\` and no \`github\`` };
  return [...(isNamed ? [] : [unnamed]), ...found, ...injectFindings(rule['inject'], [...path, 'inject'])];
}

/** An identity has exactly one slot and exactly one source. */
function injectFindings(inject: unknown, path: KeyPath): Finding[] {
  if (!isMap(inject)) return [];
  const source = inject['secret'];
  return [
    ...exactlyOne(inject, SLOT_KEYS, path),
    ...(isMap(source) ? sourceFindings(source, [...path, 'secret']) : []),
    ...namelessFindings(inject, path),
  ];
}

/** Only a command can supply the access key ID together with the secret. */
function namelessFindings({ sigv4, secret }: DataMap, path: KeyPath): Finding[] {
  if (!isMap(sigv4) || sigv4['access_key_id'] !== undefined) return [];
  if (isMap(secret) && secret['command'] !== undefined) return [];
  const at = [...path, 'sigv4'];
  return [
    {
      path: at,
      what: `${keyName(at)} needs \`access_key_id\`, or a \`command\` that prints AWS credentials`,
    },
  ];
}

function sourceFindings(source: DataMap, path: KeyPath): Finding[] {
  const strays =
    source['refresh'] !== undefined && source['command'] === undefined
      ? [{ path: [...path, 'refresh'], what: `${keyName([...path, 'refresh'])} goes with \`command\` only` }]
      : [];
  return [...exactlyOne(source, SOURCE_KEYS, path), ...strays];
}

function exactlyOne(map: DataMap, keys: readonly string[], path: KeyPath): Finding[] {
  const [first, ...others] = keys.filter((key) => map[key] !== undefined);
  if (first === undefined) return [{ path, what: `${keyName(path)} needs one of ${listed(keys)}` }];
  return others.map((key) => ({
    path: [...path, key],
    what: `${keyName([...path, key])} does not go with \`${first}\`: one of the two is meant`,
  }));
}
