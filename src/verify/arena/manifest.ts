import type { PresetName } from '../../manifest/schema/rule-schema.ts';
import type { BottleInput } from '../../manifest/schema/schema.ts';
import { NOTES_NAME, PROTECTED_NAME } from '../leaks/words.ts';
import type { Collector } from './listeners/collector.ts';
import { SECRET_VARIABLE } from './environment.ts';
import { SLOT } from './listeners/lender.ts';
import { ARENA_NAMES } from './targets.ts';

/** The variable that holds a placeholder in the bottle; the launcher has the secret in its environment. */
export const PLACEHOLDER_VARIABLE = 'LENT_KEY';
const LENT = { secret: `\${${SECRET_VARIABLE}}`, env: PLACEHOLDER_VARIABLE };

/** The plan for an arena's bottle. */
export interface ArenaBottle {
  readonly agent: string;
  /** The ports of every canary that it may connect to. */
  readonly ports: readonly number[];
  /** The ports of every lender. */
  readonly lenderPorts: readonly number[];
  /** The ports of every collector; without any, the manifest protects no file. */
  readonly collectors?: readonly Pick<Collector, 'port' | 'plainPort'>[];
  /** An address of this host on which the canaries listen. */
  readonly address: string;
  /** An address beyond this host with listeners on the same ports, if any. */
  readonly beyond?: string | undefined;
  /** A name that resolves to this host. */
  readonly ownName: string;
  /** It follows a bottle of the same name, and lacks some of that one's grants. */
  readonly isNext?: boolean;
  /** Presets that the work in the bottle needs. */
  readonly presets: readonly PresetName[];
  /** Limits as in a manifest; the defaults if unset. */
  readonly resources?: BottleInput['resources'];
  /** A bottle of the user's, to merge this one into: it keeps all its settings except resources. */
  readonly named?: BottleInput | undefined;
}

/**
 * Returns the manifest of an arena's bottle, as a user would write it: rules for the canaries by pinned names, and for
 * the work.
 */
export function arenaManifest(order: ArenaBottle): string {
  const { agent, resources = {}, named = {} } = order;
  const bottle = layOver(named, { ...ownBottle(order), resources });
  // JSON is valid YAML.
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
      // The canary hears what was sent, but speaks no TLS itself.
      { host: ARENA_NAMES.tls, port, ...pinned, tls: 'pass' },
      { host: `*.${ARENA_NAMES.asked}`, port, ...pinned, tls: 'pass' },
      ...(isNext ? [] : [ARENA_NAMES.formerly, `*.${ARENA_NAMES.formerly}`]).map(
        (host) => ({ host, port, scheme: 'http', ...pinned }) as const,
      ),
      ...(beyond === undefined
        ? []
        : [{ host: ARENA_NAMES.beyond, port, scheme: 'http' as const, addresses: [beyond] }]),
      // Allowed but not pinned: it resolves to an address of this host, so the gateway must refuse it.
      { host: ownName, port, scheme: 'http' },
    ]),
    ...lenderPorts.flatMap((port): Rules => [
      { host: ARENA_NAMES.lends, port, ...pinned, inject: { header: SLOT, ...LENT } },
      { host: ARENA_NAMES.opened, port, ...pinned, tls: 'open' },
    ]),
    // Sets no `dlp`: the attack tests the user's settings, or the defaults.
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

/** Keeps all of `named` except its resources and variables of the same name. Pure. */
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
