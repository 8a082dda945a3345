import * as z from 'zod';
import type { Fault } from './text-faults.ts';
import { formatSize, parseSizeBytes } from './quantities.ts';

/** Building blocks of the manifest's schema. Only this file and the schemas import zod. */

/** Returns a schema for text that `fault` checks. */
export function text(fault: (text: string) => Fault): z.ZodString {
  return z.string().check(
    z.superRefine((value, context) => {
      const sentence = fault(value);
      if (sentence !== undefined) context.addIssue({ code: 'custom', message: sentence });
    }),
  );
}

/** Returns a schema for one of these words. */
export const oneOf = <const Word extends string>(words: readonly Word[]): z.ZodEnum<{ [W in Word]: W }> =>
  z.enum(words);

/** Returns a schema for `512m`, `4g`, or a number of bytes, with a minimum. */
export function size(minimumBytes: number): z.ZodUnion<[z.ZodString, z.ZodNumber]> {
  const fault = (value: string | number): Fault => {
    const bytes = parseSizeBytes(value);
    if (bytes === undefined) return 'a size is a number with k, m, g or t: `512m`, `4g`';
    return bytes < minimumBytes ? `this is too small; at least ${formatSize(minimumBytes)}` : undefined;
  };
  const check = z.superRefine<string | number>((value, context) => {
    const sentence = fault(value);
    if (sentence !== undefined) context.addIssue({ code: 'custom', message: sentence });
  });
  return z.union([
    z.string().check(check).meta({ pattern: '^[0-9]+([.][0-9]+)?[kmgtKMGT]?$' }),
    z.int().check(check).meta({ minimum: minimumBytes }),
  ]);
}

/** The name of a bottle or an agent. */
export const name = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,47}$/, {
  error: 'a name is up to 48 letters, digits, `_` and `-`, and begins with a letter or a digit',
});

/** An argument array: the program and its arguments. */
export const argv = (fault: (text: string) => Fault): z.ZodArray<z.ZodString> => z.array(text(fault)).min(1);
