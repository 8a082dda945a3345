import { BottleError } from '../../errors.ts';
import { METHODS } from '../../host/http-methods.ts';
import { homeDir } from '../../host/paths.ts';
import { presetsOf, selectAgent } from '../../manifest/draft.ts';
import { readManifests } from '../../manifest/find.ts';
import { bottleIn, type Bottle, type Manifest } from '../../manifest/load.ts';
import { readPresets } from '../../manifest/presets.ts';
import { resolveGateway, resolveRulesOf } from '../../manifest/resolve.ts';
import { listed, nearest } from '../../manifest/text/message-text.ts';
import { policyOf } from '../egress/policy.ts';
import { parseAskedUrl } from './asked-url.ts';
import { explain, type Explanation } from './explain.ts';
import { writtenIn } from './known-rules.ts';
import type { Action, Actions } from '../../gateway/dlp/actions.ts';
import { formatSize } from '../../manifest/schema/quantities.ts';
import { describeSlot } from '../../manifest/trust/rule-words.ts';
import { styled } from '../../ui/colour.ts';
import { escapeText } from '../../ui/terminal/text.ts';

/** The bottle whose policy is checked, and the location of its manifest. */
export interface CheckWishes {
  readonly projectPath: string;
  /** From --manifest. */
  readonly named: string | undefined;
  readonly agent: string | undefined;
  readonly bottle: string | undefined;
  readonly method: string;
}

export interface CheckReport extends Explanation {
  readonly url: string;
  readonly bottle: string;
  /** Position of the rule: `bot-bottle.yaml:12:9`; null if no rule came near. */
  readonly position: string | null;
}

/**
 * The decision that a bottle's gateway would make on a request. Resolves no name, starts and sends nothing; the
 * manifest need not be trusted, because nothing is granted.
 * @throws BottleError `usage`, `manifest`, and `dependencyMissing` if a preset's client does not answer
 */
export async function checkPolicy(url: string, wishes: CheckWishes): Promise<CheckReport> {
  const asked = parseAskedUrl(url);
  refuseOddMethod(wishes.method);
  refuseOddHandshake(asked.isWebSocket, wishes.method);
  const bottle = bottleMeant(await readManifests(wishes.projectPath, wishes.named), wishes);
  refuseForeign(bottle);
  const rules = resolveRulesOf(bottle, { presets: await readPresets(presetsOf(bottle)), homeDir: homeDir() });
  const known = { policy: policyOf(rules), written: writtenIn(bottle), homeDir: homeDir() };
  const explanation = explain(known, asked, wishes.method);
  const written = [...rules.egress.allow, ...rules.egress.deny, ...rules.ssh];
  const position = written.find(({ id }) => id === explanation.rule)?.position ?? null;
  return { url, bottle: bottle.name, position, ...explanation };
}

/** Refuses a foreign gateway, which decides by its own reading of the rules: only that gateway can answer. */
function refuseForeign({ name, settings }: Bottle): void {
  const { engine } = resolveGateway(settings.gateway, homeDir());
  if (engine === 'bot-bottle') return;
  throw new BottleError('usage', `the gateway of the bottle ${name} is ${engine}, which decides by itself`, {
    fix: `ask it: ${engine} check --url URL --config FILE, with the file that is in the bottle’s folder while it runs`,
  });
}

/** Refuses a method that servers do not know: the gateway denies it, whatever the rules say. */
function refuseOddMethod(method: string): void {
  if (METHODS.has(method)) return;
  throw new BottleError('usage', `--method ${method} is no method that servers know`, {
    fix: METHODS.has(method.toUpperCase())
      ? `write it in capital letters: --method ${method.toUpperCase()}`
      : `one of: ${[...METHODS].join(' ')}`,
  });
}

/** Refuses a WebSocket with another method than GET (RFC 6455, 4.1). */
function refuseOddHandshake(isWebSocket: boolean, method: string): void {
  if (!isWebSocket || method === 'GET') return;
  throw new BottleError('usage', `a WebSocket begins with a GET, not with ${method}`, {
    fix: 'leave --method out',
  });
}

function bottleMeant(manifest: Manifest, { agent, bottle: name }: CheckWishes): Bottle {
  if (agent !== undefined && name !== undefined)
    throw new BottleError('usage', '--agent and --bottle do not go together', { fix: 'give one of the two' });
  if (agent !== undefined) return selectAgent(manifest, agent).bottle;
  if (name === undefined) return onlyBottle(manifest);
  const bottle = bottleIn(manifest, name);
  if (bottle !== undefined) return bottle;
  const known = [...manifest.bottles.keys(), ...(manifest.outer?.bottles.keys() ?? [])];
  const meant = nearest(name, known);
  throw new BottleError('usage', `there is no bottle \`${name}\``, {
    details: [`bottles: ${listed(known)}`],
    fix: meant === undefined ? 'name one of these, or add it under `bottles`' : `did you mean \`${meant}\`?`,
  });
}

/** The one bottle in which all agents of the manifest work. */
function onlyBottle(manifest: Manifest): Bottle {
  const used = [...manifest.agents.values()].map(({ bottle }) => bottle);
  const names = [...new Set(used.length === 0 ? manifest.bottles.keys() : used)];
  const bottle = names.length === 1 ? bottleIn(manifest, names[0] ?? '') : undefined;
  if (bottle !== undefined) return bottle;
  if (names.length === 0)
    throw new BottleError('usage', 'this manifest has no bottle', { fix: 'add one under `bottles`' });
  throw new BottleError('usage', 'this manifest has more than one bottle', {
    details: [`bottles: ${listed(names)}`],
    fix: 'say which: --bottle NAME, or --agent NAME',
  });
}

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
  if (dlp === null) return 'not searched for';
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
  const sight = scheme === 'tcp' ? 'raw: not inspected' : 'none';
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
