import { describeSource } from '../../secrets/source.ts';
import type { Slot } from '../../contracts/slot.ts';
import { resolveInjection } from '../injection.ts';
import type { InjectInput } from '../schema/inject-schema.ts';
import type { DlpInput } from '../schema/dlp-schema.ts';
import { AGENT_ENDPOINTS } from '../presets/agent-presets.ts';
import { isAgentPreset, type RuleInput } from '../schema/rule-schema.ts';

/** Describes a rule in words, for the question whether to trust it. */

/** Describes the rule's target, its limits, and everything that it adds or switches off. */
export function describeRule(rule: RuleInput, scheme: string | undefined): string {
  return [
    targetOf(rule, scheme),
    ...(rule.addresses === undefined ? [] : [`at ${rule.addresses.join(', ')}`]),
    ...(rule.methods === undefined ? [] : [`with ${rule.methods.join(', ')}`]),
    ...(rule.paths === undefined ? [] : [`on ${rule.paths.join(', ')}`]),
    ...(rule.websocket === true ? ['and by WebSocket'] : []),
    ...(rule.max_bytes === undefined ? [] : [`for at most ${rule.max_bytes} of traffic`]),
    ...(rule.inject === undefined ? [] : [`with an identity of yours: ${describeIdentity(rule.inject)}`]),
    ...(rule.tls === 'pass' ? ['(TLS not inspected)'] : []),
    ...(scheme === 'tcp' ? ['(raw TCP: not inspected)'] : []),
    ...(rule.dlp === undefined ? [] : [describeDlp(rule.dlp)]),
  ].join(' ');
}

const ALL_ALIKE = {
  block: 'and no secret may leave',
  redact: 'and secrets are blacked out in outgoing data',
  warn: 'and secrets that leave are only noted',
  off: 'and outgoing data is not scanned for secrets',
} as const;

const EACH = {
  block: 'may not leave',
  redact: 'are blacked out in outgoing data',
  warn: 'that leave are only noted',
} as const;

/** Describes what the gateway does with a secret in outgoing data. */
export function describeDlp(dlp: DlpInput): string {
  if (typeof dlp === 'string') return ALL_ALIKE[dlp];
  const { secret = 'block', canary = 'block', pattern = 'block', undecodable, card_numbers, iban } = dlp;
  return [
    `and known secrets ${EACH[secret]}`,
    `canaries ${EACH[canary]}`,
    `texts like secrets ${EACH[pattern]}`,
    ...(card_numbers === undefined ? [] : [`numbers of cards ${EACH[card_numbers]}`]),
    ...(iban === undefined ? [] : [`numbers of accounts ${EACH[iban]}`]),
    ...(undecodable === 'pass' ? ['data that cannot be decoded may leave'] : []),
  ].join(', ');
}

function targetOf(rule: RuleInput, scheme: string | undefined): string {
  if (isAgentPreset(rule.preset)) {
    const hosts = new Set(AGENT_ENDPOINTS[rule.preset].map(({ host }) => host));
    return `the parts of ${[...hosts].join(', ')} that ${rule.preset} needs`;
  }
  if (rule.preset !== undefined) return `the hosts that ${rule.preset} on this host is configured with`;
  if (rule.github !== undefined) {
    const changes = ', and push to it and change its issues, pull requests, files and releases';
    return `${rule.github} on GitHub${rule.push === true ? changes : ''}`;
  }
  const prefix = scheme === undefined ? '' : `${scheme}://`;
  return `${prefix}${rule.host ?? ''}${rule.port === undefined ? '' : `:${rule.port}`}`;
}

/** Returns the command that supplies a rule's secret, with its arguments; undefined: there is none. */
export function commandOf({ inject }: RuleInput): readonly string[] | undefined {
  const source = typeof inject === 'object' ? inject.secret : undefined;
  return typeof source === 'object' ? source.command : undefined;
}

function describeIdentity(inject: InjectInput): string {
  const resolved = resolveInjection(inject, '~');
  if ('identity' in resolved) return `the one for ${resolved.identity}`;
  return `${describeSource(resolved.source)}, ${describeSlot(resolved.slot)}`;
}

/** Describes a secret's slot in a request. */
export function describeSlot(slot: Slot): string {
  switch (slot.kind) {
    case 'header':
      return `in the header ${slot.name}`;
    case 'bearer':
      return 'as a bearer token';
    case 'basic':
      return `as the password of ${slot.user}`;
    case 'query':
      return `in the query as ${slot.name}`;
    case 'sigv4':
      return `to sign for ${slot.service} in ${slot.region} as ${slot.accessKeyId ?? 'whom it names'}`;
  }
}
