import { Failure } from '../failure.ts';

/** Values as the libraries that nerdctl uses read them. */

/** Each once, in the order of first appearance (strutil.DedupeStrSlice). */
export const deduped = (texts: readonly string[]): readonly string[] => [...new Set(texts)];

/** `key=value` texts as a map; one without `=` has an empty value (strutil.ConvertKVStringsToMap). */
export function keyValues(texts: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    texts.map((text) => {
      const at = text.indexOf('=');
      return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
    }),
  );
}

const UNITS = 'bkmgtp';

/** A size in bytes, of units of 1024 (docker/go-units: RAMInBytes). @throws Failure in its words */
export function ramInBytes(text: string): number {
  const found = /^(\d+(?:\.\d+)*) ?([kKmMgGtTpP])?[iI]?[bB]?$/.exec(text);
  if (found === null) throw new Failure(`invalid size: '${text}'`);
  const power = UNITS.indexOf((found[2] ?? 'b').toLowerCase());
  return Math.trunc(Number(found[1]) * 1024 ** power);
}

/** The same, and whose it is in what is said. */
export function ramOr(text: string, say: (why: string) => string): number {
  try {
    return ramInBytes(text);
  } catch (error) {
    throw error instanceof Failure ? new Failure(say(error.message)) : error;
  }
}

/** An option's yes or no (maputil.MapBoolValueAsOpt): empty is yes. @throws Failure */
export function boolOption(options: Readonly<Record<string, string>>, name: string): boolean {
  const value = options[name];
  if (value === undefined) return false;
  if (value === '') return true;
  if (/^(1|t|T|TRUE|true|True)$/.test(value)) return true;
  if (/^(0|f|F|FALSE|false|False)$/.test(value)) return false;
  throw new Failure(`invalid "${name}" value: "${value}"`);
}

/** One environment over another (oci.replaceOrAppendEnvValues): a name without `=` is taken away. */
export function mergedEnv(defaults: readonly string[], overrides: readonly string[]): string[] {
  const result = [...defaults];
  for (const value of overrides) {
    const name = value.split('=')[0] ?? '';
    const at = result.findIndex((each) => each.split('=')[0] === name);
    if (!value.includes('=')) {
      if (at >= 0) result.splice(at, 1);
    } else if (at >= 0) result[at] = value;
    else result.push(value);
  }
  return result;
}
