import { AGENT_ENDPOINTS } from './presets/agent-presets.ts';
import type { Written, WrittenRule } from './extends/settings.ts';
import { repositoryEndpoints, wholeRepository } from './github.ts';
import { resolveInjection, type ResolvedInjection } from './injection.ts';
import type { Bottle } from './load.ts';
import type { Endpoint } from './presets/preset.ts';
import type { DlpInput } from './schema/dlp-schema.ts';
import { isAgentPreset, PRESET_NAMES, type PresetName, type RuleInput } from './schema/rule-schema.ts';
import { parseSizeBytes } from './schema/quantities.ts';
import { manifestError, positionOf, type Problem } from './text/report.ts';

/** A rule with its defaults. The host is as written; the gateway's own function canonicalises it. */
export interface ResolvedRule {
  /** `egress.allow[2] npm`; a rule of another bottle has that bottle's name as a prefix: `web.egress.allow[2] npm`. */
  readonly id: string;
  /** `bot-bottle.yaml:12:9` */
  readonly position: string;
  readonly host: string;
  /** In a deny rule, 0 means every port. */
  readonly port: number;
  /** In a deny rule, `tcp` means every protocol. */
  readonly scheme: 'https' | 'http' | 'tcp';
  readonly methods?: readonly string[];
  readonly paths?: readonly string[];
  readonly websocket?: true;
  readonly tls?: 'open' | 'pass';
  readonly inject?: ResolvedInjection;
  /**
   * From the rule or its bottle. Undefined: the gateway cannot see the traffic, or neither sets it; then the gateway's
   * default applies.
   */
  readonly dlp?: DlpInput;
  readonly addresses?: readonly string[];
  /** The budget of a preset or repository, with its name; otherwise of the host. */
  readonly budget?: { readonly name?: string; readonly maxBytes: number };
}

/** Values of this host for rules. */
export interface RuleSupplies {
  /** Contains every preset of the rules that names a package client. */
  readonly presets: ReadonlyMap<PresetName, readonly Endpoint[]>;
  /** The user's home folder, for `~/`. */
  readonly homeDir: string;
}

type Side = 'allow' | 'deny';

/**
 * Resolves the rules of a bottle. A preset becomes one rule for each place that its client is configured with, a
 * repository one for each part of its forge. Pure.
 * @throws BottleError `manifest`: an identity is on a preset that stands for several hosts, or for one without TLS
 */
export function resolveRules(
  bottle: Pick<Bottle, 'name' | 'settings'>,
  supplies: RuleSupplies,
): Readonly<Record<Side, readonly ResolvedRule[]>> {
  const dlp = bottle.settings['egress.dlp']?.value;
  const canLimitMethods = seesMethods(bottle.settings);
  const rulesOf = (side: Side): readonly ResolvedRule[] =>
    (bottle.settings[`egress.${side}`]?.value ?? []).flatMap((written) => {
      const name = written.bottle === bottle.name ? '' : `${written.bottle}.`;
      const { rule, index } = written.value;
      const id = `${name}egress.${side}[${index}] ${rule.preset ?? rule.github ?? rule.host ?? ''}`;
      const endpoints = endpointsOf(rule, side, supplies.presets);
      refuseSpreadIdentity(written, endpoints);
      return endpoints.map((endpoint) => ({
        id,
        position: positionOf(written.at),
        ...(side === 'allow' && canLimitMethods ? readingOf(rule, endpoint) : {}),
        ...wishesOf(rule, endpoint, supplies.homeDir),
        ...(side === 'allow' ? dlpOf(rule, endpoint, dlp) : {}),
        ...endpoint,
      }));
    });
  return { allow: rulesOf('allow'), deny: rulesOf('deny') };
}

type RuleEndpoint = Pick<ResolvedRule, 'host' | 'port' | 'scheme' | 'methods' | 'paths' | 'websocket'>;

function endpointsOf(rule: RuleInput, side: Side, presets: RuleSupplies['presets']): readonly RuleEndpoint[] {
  if (isAgentPreset(rule.preset)) return AGENT_ENDPOINTS[rule.preset];
  if (rule.preset !== undefined) {
    const endpoints = presets.get(rule.preset);
    if (endpoints === undefined) throw new Error(`the preset ${rule.preset} was not read`);
    return side === 'deny' ? endpoints.map(({ host, port, scheme }) => ({ host, port, scheme })) : endpoints;
  }
  if (rule.github !== undefined) {
    return side === 'deny'
      ? wholeRepository(rule.github)
      : repositoryEndpoints(rule.github, rule.push === true);
  }
  const host = rule.host ?? '';
  if (side === 'deny') return [{ host, port: rule.port ?? 0, scheme: rule.scheme ?? 'tcp' }];
  const scheme = rule.scheme ?? 'https';
  return [{ host, port: rule.port ?? (scheme === 'http' ? 80 : 443), scheme }];
}

/** Refuses an identity on such a preset: a package client may use hosts of several owners, or plain http. */
function refuseSpreadIdentity(
  { value: { rule }, at }: Written<WrittenRule>,
  endpoints: readonly Target[],
): void {
  if (rule.inject === undefined || rule.preset === undefined) return;
  const hosts = [...new Set(endpoints.map(({ host }) => host))];
  const plain = endpoints.find(({ scheme }) => scheme === 'http');
  if (hosts.length === 1 && plain === undefined) return;
  const why =
    plain === undefined
      ? `stands for ${hosts.join(', ')} here`
      : `is reached without TLS here (${plain.host})`;
  const problem: Problem = {
    at,
    what: `an identity is for one host over https, and the preset ${rule.preset} ${why}`,
    hint: 'write a rule with `host` and `inject` for the one that it is for',
  };
  throw manifestError([problem]);
}

type Target = Pick<ResolvedRule, 'host' | 'scheme'>;

/** The methods of downloads. */
const READING = ['GET', 'HEAD'] as const;

/** Returns whether the bottle's gateway sees the methods of requests: pipelock does not. Pure. */
export const seesMethods = ({ gateway }: Bottle['settings']): boolean =>
  gateway === undefined || gateway.value === 'bot-bottle';

/**
 * Returns whether a rule of `allow` limits a package client to GET and HEAD: it does unless the rule has `methods` or
 * passes TLS through unopened. Pure.
 */
export const isReadOnly = ({ preset, tls, methods }: RuleInput): boolean =>
  methods === undefined && tls !== 'pass' && PRESET_NAMES.some((name) => name === preset);

/** `tls: pass` has no effect on plain http, whose methods the gateway sees. */
function readingOf(rule: RuleInput, { scheme }: Target): Pick<ResolvedRule, 'methods'> {
  return isReadOnly({ ...rule, tls: scheme === 'https' ? rule.tls : undefined }) ? { methods: READING } : {};
}

function wishesOf(rule: RuleInput, { scheme }: Target, homeDir: string): Partial<ResolvedRule> {
  const { methods, paths, websocket, tls, inject, addresses } = rule;
  return {
    ...(methods === undefined ? {} : { methods }),
    ...(paths === undefined ? {} : { paths }),
    ...(websocket === true ? { websocket } : {}),
    // A preset's client may use http, to which `tls` does not apply.
    ...(tls === undefined || scheme !== 'https' ? {} : { tls }),
    ...(inject === undefined ? {} : { inject: resolveInjection(inject, homeDir) }),
    ...(addresses === undefined ? {} : { addresses }),
    ...budgetOf(rule),
  };
}

function budgetOf({ max_bytes: size, preset, github }: RuleInput): Pick<ResolvedRule, 'budget'> {
  const maxBytes = size === undefined ? undefined : parseSizeBytes(size);
  if (maxBytes === undefined) return {};
  const name = preset ?? github;
  return { budget: { maxBytes, ...(name === undefined ? {} : { name }) } };
}

function dlpOf(
  rule: RuleInput,
  { scheme, host }: Target,
  ofBottle: ResolvedRule['dlp'],
): Pick<ResolvedRule, 'dlp'> {
  const isSeen = scheme === 'http' || (scheme === 'https' && rule.tls !== 'pass');
  const said = rule.dlp ?? ofBottle;
  const dlp = isSeen ? (leadsToModel(rule, host) ? asForModel(said) : said) : undefined;
  return dlp === undefined ? {} : { dlp };
}

const MODEL_HOSTS: readonly string[] = Object.values(AGENT_ENDPOINTS).flatMap((all) =>
  all.map(({ host }) => host),
);
/** Identities for models: a host that gets one, including a company's proxy, gets prompts. */
const MODEL_IDENTITIES: readonly unknown[] = ['anthropic', 'openai'];

const leadsToModel = (rule: RuleInput, host: string): boolean =>
  MODEL_HOSTS.includes(host.toLowerCase()) || MODEL_IDENTITIES.includes(rule.inject);

/**
 * Prompts contain source code with its test keys, and every turn sends them again. A refusal would end the
 * conversation.
 */
function asForModel(said: DlpInput | undefined): DlpInput {
  return typeof said === 'string' ? said : { pattern: 'redact', ...said };
}
