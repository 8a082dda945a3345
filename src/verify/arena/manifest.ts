import type { PresetName } from '../../manifest/schema/rule-schema.ts';
import type { BottleInput } from '../../manifest/schema/schema.ts';
import { NOTES_NAME, PROTECTED_NAME } from '../leaks/words.ts';
import type { Collector } from './listeners/collector.ts';
import { SECRET_VARIABLE } from './environment.ts';
import { SLOT } from './listeners/lender.ts';
import { ARENA_NAMES } from './targets.ts';

/** The launcher has the secret in its environment; the bottle has a placeholder, in this variable. */
export const PLACEHOLDER_VARIABLE = 'LENT_KEY';
const LENT = { secret: `\${${SECRET_VARIABLE}}`, env: PLACEHOLDER_VARIABLE };

/** What the bottle of an arena is to be like. */
export interface ArenaBottle {
  readonly agent: string;
  /** Of every canary that may be spoken to. */
  readonly ports: readonly number[];
  /** Of every lender. */
  readonly lenderPorts: readonly number[];
  /** Of every collector; none: nothing is protected for it. */
  readonly collectors?: readonly Pick<Collector, 'port' | 'plainPort'>[];
  /** An address of this host that the canaries listen on. */
  readonly address: string;
  /** One beyond it, where somebody listens on the same ports. */
  readonly beyond?: string | undefined;
  /** A name that leads to this host. */
  readonly ownName: string;
  /** It comes after one of the same name, and is not allowed all that that one was. */
  readonly isNext?: boolean;
  /** Presets that the work in the bottle needs. */
  readonly presets: readonly PresetName[];
  /** As a manifest has them; what it has by itself, if not said. */
  readonly resources?: BottleInput['resources'];
  /** A bottle of the user's, which this one is laid over: it keeps all that it says but its resources. */
  readonly named?: BottleInput | undefined;
}

/** The manifest of an arena's bottle, as a user would write it: the canaries by pinned names, and what the work needs. */
export function arenaManifest(order: ArenaBottle): string {
  const { agent, resources = {}, named = {} } = order;
  const bottle = layOver(named, { ...ownBottle(order), resources });
  // JSON is YAML.
  return JSON.stringify(
    { bottles: { arena: bottle }, agents: { [agent]: { bottle: 'arena', agent: 'shell' } } },
    undefined,
    2,
  );
}

type Own = BottleInput & Required<Pick<BottleInput, 'resources' | 'env' | 'workspace'>>;

function ownBottle(order: ArenaBottle): Omit<Own, 'resources'> {
  const { ports, lenderPorts, collectors = [], address, beyond, ownName, isNext = false, presets } = order;
  const pinned = { addresses: [address] };
  const allow: Rules = [
    ...presets.map((preset) => ({ preset })),
    ...ports.flatMap((port): Rules => [
      { host: ARENA_NAMES.http, port, scheme: 'http', ...pinned },
      {
        host: ARENA_NAMES.limited,
        port,
        scheme: 'http',
        methods: ['GET'],
        paths: ['/allowed/**'],
        ...pinned,
      },
      { host: `*.${ARENA_NAMES.wild}`, port, scheme: 'http', ...pinned },
      // The canary hears what was sent, and speaks no TLS of its own.
      { host: ARENA_NAMES.tls, port, ...pinned, tls: 'pass' },
      { host: `*.${ARENA_NAMES.asked}`, port, ...pinned, tls: 'pass' },
      ...(isNext ? [] : [ARENA_NAMES.formerly, `*.${ARENA_NAMES.formerly}`]).map(
        (host) => ({ host, port, scheme: 'http', ...pinned }) as const,
      ),
      ...(beyond === undefined
        ? []
        : [{ host: ARENA_NAMES.beyond, port, scheme: 'http' as const, addresses: [beyond] }]),
      // Allowed but not pinned: what it leads to is an address of this host, and must be refused for that.
      { host: ownName, port, scheme: 'http' },
    ]),
    ...lenderPorts.flatMap((port): Rules => [
      { host: ARENA_NAMES.lends, port, ...pinned, inject: { header: SLOT, ...LENT } },
      { host: ARENA_NAMES.opened, port, ...pinned, tls: 'open' },
    ]),
    // Of `dlp` nothing: what the bottle says of it is attacked, or what holds where nobody says anything.
    ...collectors.flatMap(({ port, plainPort }): Rules => [
      { host: ARENA_NAMES.looked, port, ...pinned, websocket: true },
      { host: `*.${ARENA_NAMES.looked}`, port, ...pinned, tls: 'open' },
      { host: ARENA_NAMES.looked, port: plainPort, scheme: 'http', ...pinned },
    ]),
  ];
  const deny = [{ host: ARENA_NAMES.denied }];
  const protect = collectors.length === 0 ? {} : { protect: [PROTECTED_NAME] };
  return {
    workspace: 'copy',
    copy_anyway: [NOTES_NAME],
    env: { NODE_NO_WARNINGS: '1' },
    egress: { allow, deny, ...protect },
  };
}

/** Nothing of the first is lost but its resources, and variables of the same name. Pure. */
function layOver(named: BottleInput, own: Own): BottleInput {
  const { allow = [], deny = [], protect = [], ...egress } = named.egress ?? {};
  const protectedNames = [...new Set([...protect, ...(own.egress?.protect ?? [])])];
  return {
    ...named,
    workspace: named.workspace ?? own.workspace,
    copy_anyway: [...(named.copy_anyway ?? []), ...(own.copy_anyway ?? [])],
    resources: own.resources,
    env: { ...named.env, ...own.env },
    egress: {
      ...egress,
      allow: [...allow, ...(own.egress?.allow ?? [])],
      deny: [...deny, ...(own.egress?.deny ?? [])],
      ...(protectedNames.length === 0 ? {} : { protect: protectedNames }),
    },
  };
}

type Rules = NonNullable<NonNullable<BottleInput['egress']>['allow']>;
