import type { Bottle } from './load.ts';
import type { Endpoint } from './presets.ts';
import { positionOf } from './text/report.ts';
import type { PresetName, RuleInput } from './schema/rule-schema.ts';

/** A rule with its defaults; the host is as written, and gets its canonical spelling from the gateway's own function. */
export interface ResolvedRule {
  /** `egress.allow[2] npm`; a rule of another bottle has that one's name in front: `web.egress.allow[2] npm`. */
  readonly id: string;
  /** `bot-bottle.yaml:12:9` */
  readonly position: string;
  readonly host: string;
  /** 0 in a deny rule: every port. */
  readonly port: number;
  /** `tcp` in a deny rule: whatever is spoken. */
  readonly scheme: 'https' | 'http' | 'tcp';
  readonly methods?: readonly string[];
  readonly paths?: readonly string[];
  readonly addresses?: readonly string[];
}

type Presets = ReadonlyMap<PresetName, readonly Endpoint[]>;
type Side = 'allow' | 'deny';

/** The rules of a bottle; a preset becomes one for each place that its client is configured with. Pure. */
export function resolveRules(
  bottle: Bottle,
  presets: Presets,
): Readonly<Record<Side, readonly ResolvedRule[]>> {
  const rulesOf = (side: Side): readonly ResolvedRule[] =>
    (bottle.settings[`egress.${side}`]?.value ?? []).flatMap((written) => {
      const name = written.bottle === bottle.name ? '' : `${written.bottle}.`;
      const { rule, index } = written.value;
      const id = `${name}egress.${side}[${index}] ${rule.preset ?? rule.host ?? ''}`;
      return endpointsOf(rule, { side, presets }).map((endpoint) => ({
        id,
        position: positionOf(written.at),
        ...endpoint,
        ...narrowing(rule),
      }));
    });
  return { allow: rulesOf('allow'), deny: rulesOf('deny') };
}

interface RuleEndpoint {
  readonly host: string;
  readonly port: number;
  readonly scheme: ResolvedRule['scheme'];
}

function endpointsOf(
  rule: RuleInput,
  { side, presets }: { readonly side: Side; readonly presets: Presets },
): readonly RuleEndpoint[] {
  if (rule.preset !== undefined) {
    const endpoints = presets.get(rule.preset);
    if (endpoints === undefined) throw new Error(`the preset ${rule.preset} was not read`);
    return endpoints;
  }
  const host = rule.host ?? '';
  if (side === 'deny') return [{ host, port: rule.port ?? 0, scheme: rule.scheme ?? 'tcp' }];
  const scheme = rule.scheme ?? 'https';
  return [{ host, port: rule.port ?? (scheme === 'http' ? 80 : 443), scheme }];
}

const narrowing = ({ methods, paths, addresses }: RuleInput): Partial<ResolvedRule> => ({
  ...(methods === undefined ? {} : { methods }),
  ...(paths === undefined ? {} : { paths }),
  ...(addresses === undefined ? {} : { addresses }),
});
