import type { Action, Actions } from '../../gateway/dlp/actions.ts';
import { formatSize } from '../../manifest/schema/quantities.ts';
import { describeSlot } from '../../manifest/trust/rule-words.ts';
import { styled } from '../../ui/colour.ts';
import { escapeText } from '../../ui/terminal/text.ts';
import type { CheckReport } from './check.ts';

const DLP_WORDS: Readonly<Record<Action, string>> = {
  block: 'a request with a secret in it is refused',
  redact: 'a secret in it is blacked out',
  warn: 'a secret in it is noted in the log',
};

const FOUND_WORDS: Readonly<Record<Action, string>> = {
  block: 'refused',
  redact: 'blacked out',
  warn: 'noted in the log',
};

/** Describes the action on a request with a finding. */
function secretWords(dlp: Actions | null): string {
  if (dlp === null) return 'nobody looks for them';
  if (typeof dlp === 'string') return DLP_WORDS[dlp];
  const { secret, canary, pattern, undecodable } = dlp;
  return [
    `known ones: ${FOUND_WORDS[secret]}`,
    `canaries: ${FOUND_WORDS[canary]}`,
    `what looks like one: ${FOUND_WORDS[pattern]}`,
    `what cannot be decoded: ${undecodable === 'pass' ? 'passes' : 'refused'}`,
  ].join('; ');
}

/** The answer of `policy check` for people, line by line. */
export function renderCheck(report: CheckReport): readonly string[] {
  const { verdict, method, url, rule, position, reason } = report;
  const word = verdict === 'allow' ? styled('green', 'allowed') : styled('red', 'refused');
  const ruleLine =
    rule === 'default' ? [] : [['rule', `${rule}${position === null ? '' : ` (${position})`}`]];
  const lines = [
    ...ruleLine,
    ...(verdict === 'allow' ? grantLines(report) : [['why', reason], ...nextLines(report)]),
  ];
  return [
    `${word}  ${escapeText([method, url].filter((part) => part !== '').join(' '))}`,
    ...lines.map(([key = '', value = '']) => `  ${key.padEnd(9)} ${escapeText(value)}`),
  ];
}

function grantLines({ scheme, tls, identity, dlp, budget, addresses }: CheckReport): string[][] {
  const sight = scheme === 'tcp' ? 'raw: nobody sees what is spoken' : 'none';
  const words = tls === 'open' ? 'opened at the gateway' : 'passed unopened: nothing in it is seen';
  return [
    ['TLS', tls === null ? sight : words],
    ...(identity === null
      ? []
      : [
          [
            'identity',
            `${identity.secret}, ${describeSlot(identity.slot)}; what the agent sends of its own is taken away`,
          ],
        ]),
    ['secrets', secretWords(dlp)],
    ...(budget === null
      ? []
      : [['at most', `${formatSize(budget.maxBytes)} both ways, all that goes for ${budget.name} together`]]),
    ...(addresses === null ? [] : [['dialled', `${addresses.join(', ')}, without a lookup`]]),
  ];
}

const nextLines = ({ consider, needsPin, host }: CheckReport): string[][] => [
  ...(needsPin === null
    ? []
    : [['address', `${needsPin}: dialled only where a rule has addresses: ["${host}"]`]]),
  ...(consider === null ? [] : [['consider', `egress.allow: ${consider}`]]),
];
