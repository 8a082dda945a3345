/** Merges the metrics of several gateways: Prometheus' text format has each family once, with all samples. Pure. */

export interface Family {
  readonly name: string;
  readonly help: string;
  readonly type: string;
  readonly samples: readonly Sample[];
}

export interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

const HELP = /^# HELP (\S+) (.*)$/s;
const TYPE = /^# TYPE (\S+) (\S+)$/;
const SAMPLE = /^([a-z_]+)\{(.*)\} (\S+)$/s;
const LABEL = /([a-z_]+)="((?:[^"\\]|\\.)*)"/gs;

/** Parses the metrics of one gateway; skips lines that a gateway does not write. */
export function parseFamilies(text: string): readonly Family[] {
  const lines = text.split('\n');
  const types = new Map(lines.flatMap((line) => pairIn(TYPE, line)));
  return lines
    .flatMap((line) => pairIn(HELP, line))
    .map(([name, help]) => ({
      name,
      help,
      type: types.get(name) ?? 'untyped',
      samples: lines.flatMap((line) => sampleOf(name, line)),
    }));
}

function pairIn(pattern: RegExp, line: string): [string, string][] {
  const [, name, rest] = pattern.exec(line) ?? [];
  return name === undefined || rest === undefined ? [] : [[name, rest]];
}

function sampleOf(name: string, line: string): Sample[] {
  const [, of, labels = '', value] = SAMPLE.exec(line) ?? [];
  if (of !== name) return [];
  const pairs = [...labels.matchAll(LABEL)].map(([, key = '', text = '']) => [key, unescape(text)] as const);
  return [{ labels: Object.fromEntries(pairs), value: Number(value) }];
}

const unescape = (text: string): string =>
  text.replace(/\\(.)/gs, (_, char) => (char === 'n' ? '\n' : String(char)));

/** Merges the metrics by family, in order of first appearance. */
export function mergeFamilies(all: readonly (readonly Family[])[]): readonly Family[] {
  const merged = new Map<string, Family>();
  for (const family of all.flat()) {
    const before = merged.get(family.name);
    merged.set(family.name, { ...family, samples: [...(before?.samples ?? []), ...family.samples] });
  }
  return [...merged.values()];
}

/** Formats families as Prometheus text. */
export function renderFamilies(families: readonly Family[]): string {
  return families
    .map(({ name, help, type, samples }) => {
      const lines = samples.map(({ labels, value }) => `${name}{${renderLabels(labels)}} ${value}\n`);
      return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join('')}`;
    })
    .join('');
}

const renderLabels = (labels: Sample['labels']): string =>
  Object.entries(labels)
    .map(([name, value]) => `${name}="${value.replace(/[\\"]/g, '\\$&').replaceAll('\n', '\\n')}"`)
    .join(',');
