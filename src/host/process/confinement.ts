/** Compares the kernel's report on a process with the confinement that bot-bottle requested. Pure. */

/** The deviations, one per line; none for a confined process. `status`: the text of /proc/PID/status, see proc(5). */
export function faultsOf(
  status: string,
  owner: { readonly uid: number; readonly gid: number },
): readonly string[] {
  const fields = new Map(
    status.split('\n').map((line) => [line.split(':')[0], (line.split(':\t')[1] ?? '').trim()]),
  );
  const expected: Readonly<Record<string, string>> = {
    Uid: Array(4).fill(owner.uid).join('\t'),
    Gid: Array(4).fill(owner.gid).join('\t'),
    NoNewPrivs: '1',
    CapInh: '0'.repeat(16),
    CapPrm: '0'.repeat(16),
    CapEff: '0'.repeat(16),
    CapBnd: '0'.repeat(16),
    CapAmb: '0'.repeat(16),
  };
  return Object.entries(expected)
    .filter(([name, value]) => fields.get(name) !== value)
    .map(([name, value]) => `${name} is ${fields.get(name) ?? 'missing'}, not ${value}`);
}

/**
 * The limits, soft or hard, that differ from the requested ones. `limits`: the text of /proc/PID/limits; `expected`:
 * values by the names there, such as `Max data size`, in the units of setrlimit(2).
 */
export function limitFaultsOf(limits: string, expected: Readonly<Record<string, number>>): readonly string[] {
  return Object.entries(expected)
    .filter(([name, value]) => !new RegExp(`^${name}\\s+${value}\\s+${value}\\s`, 'm').test(limits))
    .map(([name, value]) => `the limit "${name}" is not ${value}`);
}
