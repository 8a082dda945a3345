import type { GatewaySecrets, Injection } from '../config.ts';
import { fingerprintOf } from '../dlp/fingerprint.ts';
import { pairsOf, type RawHeaders } from '../message/headers.ts';
import { mergedName } from '../message/overriding-headers.ts';
import { placeOf } from './apply.ts';
import { bareName, isKeyHeader, isKeyParameter } from './credentials.ts';
import { formsOf } from './scrub/forms.ts';
import { createScanner, type Scanner } from './scrub/scan.ts';
import type { OwnPlace } from './strip.ts';

/**
 * Finds placeholders in request heads. A placeholder may stand where its own rule puts the secret, and where a client
 * puts a key in a request by that rule: there, `stripCredentials` removes it or refuses the request. Anywhere else, the
 * sender tries to exfiltrate the placeholder as if it were a secret: the gateway raises an alarm and refuses the
 * request. This module does not inspect bodies: body inspection treats placeholders as canaries.
 */

export interface Sighting {
  /** The name of the secret that the placeholder replaces. */
  readonly secret: string;
  /** Fingerprint of the placeholder, the same as for a canary. */
  readonly fingerprint: string;
  /** `the header x-note`, `the path`, `the host` */
  readonly where: string;
}

export interface SeenHead {
  readonly host: string;
  /** Includes the query. */
  readonly path: string;
  readonly headers: RawHeaders;
}

/** The name of a placeholder in logs, so that readers do not mistake it for its secret. */
export const placeholderName = (secret: string): string => `the placeholder of ${secret}`;

export type PlaceholderAlarm = (head: SeenHead, injection?: Injection) => Sighting | undefined;

/**
 * Returns a function that finds a placeholder in any form in a head as the caller sent it. The function prepares its
 * scanner at the first head.
 */
export function createPlaceholderAlarm(inject: GatewaySecrets['inject']): PlaceholderAlarm {
  // Host names arrive in lower case.
  const known = Object.entries(inject).flatMap(([secret, { placeholder }]) =>
    [...new Set([placeholder, placeholder.toLowerCase()])].map((text) => ({ secret, placeholder, text })),
  );
  if (known.length === 0) return () => undefined;
  let prepared: Scanner | undefined;
  const scanner = (): Scanner => (prepared ??= createScanner(formsOf(known.map(({ text }) => text))));
  return ({ host, path, headers }, injection) => {
    const own = injection === undefined ? {} : placeOf(injection.slot);
    const places: Place[] = [
      { where: 'the host', text: host },
      ...placesOfPath(path),
      ...pairsOf(headers).map(([header, text]) => ({
        where: `the header ${header}`,
        text: headerText(header, text),
        header,
      })),
    ];
    for (const place of places) {
      const found = scanner()
        .find(Buffer.from(place.text, 'latin1'))
        .flatMap(({ value }) => known[value] ?? [])
        .find(({ secret }) => secret !== injection?.secret || !isForKeys(place, own));
      if (found !== undefined) {
        const { secret, placeholder } = found;
        return { secret, fingerprint: fingerprintOf(placeholder), where: place.where };
      }
    }
    return undefined;
  };
}

interface Place {
  readonly where: string;
  readonly text: string;
  readonly header?: string;
  /** The parameter's bare name. */
  readonly parameter?: string;
}

/**
 * Whether a client may put its key in this place: there, the gateway removes the key or refuses the request. Not in
 * cookies, though the gateway removes them too: no client puts a key there that it received in a variable.
 */
function isForKeys({ header, parameter }: Place, own: OwnPlace): boolean {
  if (header !== undefined) {
    const merged = mergedName(header);
    return isKeyHeader(merged) || (own.header !== undefined && merged === mergedName(own.header));
  }
  if (parameter === undefined) return false;
  return isKeyParameter(parameter) || (own.parameter !== undefined && parameter === bareName(own.parameter));
}

/** Includes the name: it can be a placeholder too. */
const headerText = (name: string, value: string): string => `${name}: ${value}`;

/**
 * Splits the whole path into its parameters: a placeholder that is allowed in one parameter is not allowed in another.
 */
function placesOfPath(path: string): Place[] {
  const [before = '', ...query] = path.split('?');
  const parameters = query.join('?').split('&');
  return [
    { where: 'the path', text: before },
    ...parameters.map((text) => ({
      where: 'the query',
      text,
      parameter: bareName(text.replace(/=.*$/s, '')),
    })),
  ];
}
