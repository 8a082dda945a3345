import { isAtLeast } from '../settings.ts';
import type { Attachment, Container } from '../store/containers.ts';

/**
 * What is shown of a container, in the shape of each version: apple/container ManagedContainer.swift (1.2.2), PrintableContainer before
 * 1.0, and answers of 0.12.3, 1.0.0 and 1.2.2 that others have recorded.
 */

/** Seconds of Swift's clock begin with 2001. */
const REFERENCE_MS = Date.UTC(2001, 0, 1);

/** One, as `list` and `inspect` show it. */
export function shownContainer({ configuration, running, id }: Container, version: string): object {
  const state = running === undefined ? 'stopped' : 'running';
  const { startedDate } = running ?? {};
  const networks = (running?.networks ?? []).map((attachment) => shownAttachment(attachment, version));
  const { creationDate, maskedPaths, readonlyPaths, ...always } = configuration;
  if (!isAtLeast(version, '1.0.0')) {
    const seconds =
      startedDate === undefined ? {} : { startedDate: (Date.parse(startedDate) - REFERENCE_MS) / 1000 };
    return { status: state, configuration: always, networks, ...seconds };
  }
  const shown = {
    ...always,
    creationDate,
    resources: { ...always.resources, cpuOverhead: 1 },
    ...(maskedPaths.length > 0 ? { maskedPaths } : {}),
    ...(readonlyPaths.length > 0 ? { readonlyPaths } : {}),
  };
  const started = startedDate === undefined ? {} : { startedDate: startedDate.replace(/\.\d+Z$/, 'Z') };
  return { id, configuration: shown, status: { state, networks, ...started } };
}

function shownAttachment(attachment: Attachment, version: string): object {
  const { network, hostname, ipv4Address, ipv4Gateway } = attachment;
  if (!isAtLeast(version, '0.10.0')) return { network, hostname, address: ipv4Address, gateway: ipv4Gateway };
  return isAtLeast(version, '1.2.0') ? { ...attachment, variant: 'reserved' } : attachment;
}

/** As Swift's encoder writes it: names in order from 1.0 on, a slash as `\/` up to 1.4. */
export function encoded(value: unknown, version: string, isPretty = false): string {
  const text = isPretty
    ? pretty(value)
    : JSON.stringify(isAtLeast(version, '1.0.0') ? ordered(value) : value);
  return isAtLeast(version, '1.4.1') ? text : text.replaceAll('/', String.raw`\/`);
}

function ordered(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(ordered);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(entriesOf(value).map(([name, each]) => [name, ordered(each)]));
}

const entriesOf = (value: object): [string, unknown][] =>
  Object.entries(value)
    .filter(([, each]) => each !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1));

function pretty(value: unknown, indent = ''): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const inner = `${indent}  `;
  const isList = Array.isArray(value);
  const lines = isList
    ? value.map((each) => `${inner}${pretty(each, inner)}`)
    : entriesOf(value).map(([name, each]) => `${inner}${JSON.stringify(name)} : ${pretty(each, inner)}`);
  return `${isList ? '[' : '{'}\n${lines.join(',\n')}\n${indent}${isList ? ']' : '}'}`;
}
