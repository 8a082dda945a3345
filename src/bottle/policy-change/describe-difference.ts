import { isDeepStrictEqual } from 'node:util';
import type { Policy, Rule } from '../../gateway/config.ts';
import type { Actions } from '../../gateway/dlp/actions.ts';
import { formatSize } from '../../manifest/schema/quantities.ts';
import { describeSlot } from '../../manifest/trust/rule-words.ts';
import { escapeText } from '../../ui/terminal/text.ts';

/** The changes of a policy in words: `- ` for removed lines, `+ ` for added ones. Pure. */
export function describeDifference(before: Policy, next: Policy): readonly string[] {
  const [was, is] = [linesOf(before), linesOf(next)];
  return [
    ...was.filter((line) => !is.includes(line)).map((line) => `- ${line}`),
    ...is.filter((line) => !was.includes(line)).map((line) => `+ ${line}`),
  ].map(escapeText);
}

/** Whether both policies say the same, ignoring the ids of their rules. */
export function isSamePolicy(before: Policy, next: Policy): boolean {
  const plain = ({ allow, deny }: Policy): unknown =>
    [allow, deny].map((rules) => rules.map((rule) => ({ ...rule, id: '' })));
  return isDeepStrictEqual(plain(before), plain(next));
}

const linesOf = ({ allow, deny }: Policy): string[] => [
  ...allow.map((rule) => `may reach ${describe(rule, `${rule.scheme}://`)}${openness(rule)}`),
  ...deny.map(
    (rule) => `may never reach ${describe(rule, rule.scheme === 'tcp' ? '' : `${rule.scheme}://`)}`,
  ),
];

/** `prefix`: the scheme; empty for a deny rule on any protocol, which the policy calls `tcp`. */
function describe(rule: Rule, prefix: string): string {
  const { host, port, methods, paths, websocket, addresses, inject, dlp, budget } = rule;
  return [
    `${prefix}${host}${port === 0 ? '' : `:${port}`}`,
    ...(addresses === undefined ? [] : [`at ${addresses.join(', ')}`]),
    ...(methods === undefined ? [] : [`with ${methods.join(', ')}`]),
    ...(paths === undefined ? [] : [`on ${paths.join(', ')}`]),
    ...(websocket === true ? ['and by WebSocket'] : []),
    ...(budget === undefined ? [] : [`for at most ${formatSize(budget.maxBytes)} in all for ${budget.name}`]),
    ...(inject === undefined ? [] : [`with ${inject.secret} ${describeSlot(inject.slot)}`]),
    ...(dlp === undefined || dlp === 'block' ? [] : [`where secrets are met with: ${dlpWords(dlp)}`]),
  ].join(' ');
}

const dlpWords = (dlp: Actions): string =>
  typeof dlp === 'string'
    ? dlp
    : Object.entries(dlp)
        .map(([detector, action]) => `${detector} ${action}`)
        .join(', ');

/** Describes what the gateway does not inspect. */
const openness = ({ scheme, opensTls, dlp }: Rule): string => {
  if (scheme === 'tcp') return ', whatever is spoken';
  if (scheme === 'https' && opensTls !== true) return ', with TLS not inspected';
  return dlp === undefined ? ', not scanned for secrets' : '';
};
