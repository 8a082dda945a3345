import { notImitated } from '../failure.ts';
import { say } from './context.ts';

/** Objects as pkg/formatter prints them: an array of JSON, or each on a line of its own. */
export function printObjects(format: string, objects: readonly object[]): void {
  if (format === '') {
    say(JSON.stringify(objects, null, 4));
    return;
  }
  for (const object of objects) say(lineOf(format, object));
}

/** One on a line, by a template; only whole objects and single fields are imitated. */
export function lineOf(format: string, object: object): string {
  if (format === 'json' || /^\{\{\s*json \.\s*\}\}$/.test(format)) return JSON.stringify(object);
  return format.replaceAll(/\{\{(.*?)\}\}/g, (_, inside: string) => {
    const path = /^\s*(json )?\.([\w.]+)\s*$/.exec(inside);
    if (path === null) throw notImitated(`the template ${format}`);
    const value = (path[2] ?? '')
      .split('.')
      .reduce<unknown>((at, name) => (at as Readonly<Record<string, unknown>> | undefined)?.[name], object);
    if (path[1] !== undefined) return JSON.stringify(value);
    if (typeof value === 'object' && value !== null) throw notImitated(`the template ${format}`);
    return String(value);
  });
}
