import type * as z from 'zod';

/** A line of a program that listens, as this schema has it; undefined: it is none, whatever came in it. Pure. */
export function readLineAs<Line>(schema: z.ZodType<Line>, text: string): Line | undefined {
  try {
    return schema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
