import { BottleError } from '../../errors.ts';
import { coversHost } from '../../gateway/policy/overlap.ts';
import type { ResolvedEgress, ResolvedGateway, ResolvedSsh } from '../../manifest/resolve.ts';
import type { ResolvedRule } from '../../manifest/rules.ts';

/** The features of a manifest that pipelock lacks. A bottle that asks for one does not start. Pure. */

export interface AskedOfPipelock {
  readonly bottle: string;
  readonly gateway: ResolvedGateway;
  readonly egress: ResolvedEgress;
  readonly ssh: readonly ResolvedSsh[];
  readonly learns: boolean;
}

/** @throws BottleError `manifest` with one line per unsupported feature and its position */
export function refuseBeyondPipelock(asked: AskedOfPipelock): void {
  const { gateway, bottle } = asked;
  if (gateway.engine !== 'pipelock') return;
  const beyond = beyondPipelock(asked);
  if (beyond.length === 0) return;
  throw new BottleError(
    'manifest',
    `${gateway.position}: the bottle ${bottle} asks for more than pipelock can do`,
    { details: beyond, fix: 'leave these out, or take gateway: bot-bottle' },
  );
}

type Ask = readonly [what: string, isAsked: (rule: ResolvedRule) => boolean];

const OF_ANY_RULE: readonly Ask[] = [
  ['methods: it allows whole hosts', ({ methods }) => methods !== undefined],
  ['paths: it allows whole hosts', ({ paths }) => paths !== undefined],
];

const OF_ALLOW: readonly Ask[] = [
  ...OF_ANY_RULE,
  ['inject: it knows no identities', ({ inject }) => inject !== undefined],
  ['websocket: it sees nothing inside TLS', ({ websocket }) => websocket === true],
  ['tls: open: it is not given a certificate authority', ({ tls }) => tls === 'open'],
  ['dlp: it uses its own detectors', ({ dlp }) => dlp !== undefined && dlp !== 'off'],
  ['max_bytes: it counts nothing for a rule', ({ budget }) => budget !== undefined],
  ['addresses: it looks names up itself', ({ addresses }) => addresses !== undefined],
  ['scheme: tcp: it passes on HTTP and TLS', ({ scheme }) => scheme === 'tcp'],
  ['port: it knows no ports', ({ scheme, port }) => scheme !== 'tcp' && port !== USUAL_PORT[scheme]],
];

const OF_DENY: readonly Ask[] = [
  ...OF_ANY_RULE,
  ['port: it denies whole hosts', ({ port }) => port !== 0],
  ['scheme: it denies whole hosts', ({ scheme }) => scheme !== 'tcp'],
];

const USUAL_PORT = { http: 80, https: 443 } as const;

function beyondPipelock({ egress, ssh, learns }: AskedOfPipelock): readonly string[] {
  return [
    ...new Set([
      ...askedBy(egress.allow, OF_ALLOW),
      ...askedBy(egress.deny, OF_DENY),
      ...wideDenials(egress),
      ...ssh.map(({ id, position }) => `${position}: ${id}: it passes on HTTP and TLS`),
      ...(egress.protect.length === 0 ? [] : ['egress.protect: it does not support files']),
      ...(egress.secretRules.length === 0 ? [] : ['egress.secret_rules: it uses its own detectors']),
      ...(['maxBytes', 'maxRequests', 'maxTokens'] as const).flatMap((key) =>
        egress[key] === undefined ? [] : [`egress.${BUDGET_KEYS[key]}: it counts nothing for a whole bottle`],
      ),
      ...(learns ? ['start --learn: it does not learn'] : []),
    ]),
  ];
}

const BUDGET_KEYS = { maxBytes: 'max_bytes', maxRequests: 'max_requests', maxTokens: 'max_tokens' } as const;

const askedBy = (rules: readonly ResolvedRule[], asks: readonly Ask[]): readonly string[] =>
  rules.flatMap((rule) =>
    asks.flatMap(([what, isAsked]) => (isAsked(rule) ? [`${rule.position}: ${rule.id}: ${what}`] : [])),
  );

/** Pipelock's `*.example.org` covers `example.org` too: a deny rule must not take away what is allowed. */
const wideDenials = ({ allow, deny }: ResolvedEgress): readonly string[] =>
  deny
    .filter(
      (rule) => rule.host.startsWith('*.') && isAbout(allow, apexOf(rule)) && !isAbout(deny, apexOf(rule)),
    )
    .map((rule) => `${rule.position}: ${rule.id}: it would deny ${apexOf(rule)} too, which is allowed`);

/** The rule's host in one spelling: lower case, without a final dot. */
const hostOf = ({ host }: ResolvedRule): string => host.toLowerCase().replace(/\.$/, '');
const apexOf = (rule: ResolvedRule): string => hostOf(rule).slice(2);
const isAbout = (rules: readonly ResolvedRule[], name: string): boolean =>
  rules.some((rule) => coversHost(hostOf(rule), name));
