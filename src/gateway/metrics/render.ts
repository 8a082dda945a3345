import type { Counters } from './tally.ts';

/** The values of one scrape. */
export interface Metrics extends Counters {
  readonly bottle: string;
  readonly openTunnels: number;
  readonly peakResidentBytes: number;
}

interface Family {
  readonly name: string;
  readonly type: 'counter' | 'gauge';
  readonly help: string;
  readonly samples: (metrics: Metrics) => readonly Sample[];
}

type Sample = readonly [labels: Readonly<Record<string, string>>, value: number];

const FAMILIES: readonly Family[] = [
  {
    name: 'bot_bottle_decisions_total',
    type: 'counter',
    help: 'Decisions of the gateway, by verdict and rule.',
    samples: ({ decisions }) => decisions.map(({ verdict, rule, count }) => [{ verdict, rule }, count]),
  },
  {
    name: 'bot_bottle_findings_total',
    type: 'counter',
    help: 'Secrets found in what was to leave, by detector, and what became of the request.',
    samples: ({ findings }) => findings.map(({ detector, verdict, count }) => [{ detector, verdict }, count]),
  },
  {
    name: 'bot_bottle_bytes_total',
    type: 'counter',
    help: 'Bytes both ways, of connections that are over.',
    samples: ({ bytes }) => [[{}, bytes]],
  },
  {
    name: 'bot_bottle_tokens_total',
    type: 'counter',
    help: 'Tokens that answers of models stated; with max_tokens, also what a stream was estimated to cost.',
    samples: ({ tokens }) => [
      [{ kind: 'input' }, tokens.input],
      [{ kind: 'output' }, tokens.output],
    ],
  },
  {
    name: 'bot_bottle_open_tunnels',
    type: 'gauge',
    help: 'Tunnels that are open now.',
    samples: ({ openTunnels }) => [[{}, openTunnels]],
  },
  {
    name: 'bot_bottle_peak_resident_memory_bytes',
    type: 'gauge',
    help: 'The most resident memory that the gateway has had.',
    samples: ({ peakResidentBytes }) => [[{}, peakResidentBytes]],
  },
];

/**
 * Returns the metrics in the text format of Prometheus (prometheus.io, exposition formats), of type `text/plain;
 * version=0.0.4`. Every sample carries the name of its bottle.
 */
export function renderMetrics(metrics: Metrics): string {
  return FAMILIES.map(({ name, type, help, samples }) => {
    const lines = samples(metrics).map(
      ([labels, value]) => `${name}{${renderLabels({ bottle: metrics.bottle, ...labels })}} ${value}\n`,
    );
    return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join('')}`;
  }).join('');
}

function renderLabels(labels: Readonly<Record<string, string>>): string {
  return Object.entries(labels)
    .map(([name, value]) => `${name}="${escapeValue(value)}"`)
    .join(',');
}

const ESCAPES: Readonly<Record<string, string>> = { '\\': '\\\\', '"': '\\"', '\n': '\\n' };

const escapeValue = (text: string): string => text.replace(/[\\"\n]/g, (char) => ESCAPES[char] ?? char);
