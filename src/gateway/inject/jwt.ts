import { Buffer } from 'node:buffer';
import type { Draw } from './draw.ts';

/**
 * A JSON Web Token (RFC 7519) without meaning: three parts of the same lengths, claims about no real user, a random
 * signature.
 */

const JWT = /^(eyJ[\w-]+)\.(eyJ[\w-]+)\.([\w-]+)$/;

/**
 * Members that programs look for in a token, the most important first; the first text that fits is used. `exp` is in
 * the year 2096.
 */
const HEADERS = ['{"alg":"HS256","typ":"JWT"}', '{"alg":"HS256"}', '{}'];
const CLAIMS = ['{"sub":"placeholder","iat":1700000000,"exp":4000000000}', '{"exp":4000000000}', '{}'];

/** Returns a placeholder for a JSON Web Token; undefined if the secret is not one. */
export function jwtPlaceholder(secret: string, draw: Draw): string | undefined {
  const [, header, claims, signature] = JWT.exec(secret) ?? [];
  if (header === undefined || claims === undefined || signature === undefined) return undefined;
  const noise = Buffer.from(Array.from({ length: bytesIn(signature) }, () => draw(256)));
  return [fit(HEADERS, bytesIn(header), draw), fit(CLAIMS, bytesIn(claims), draw), noise]
    .map((part) => Buffer.from(part).toString('base64url'))
    .join('.');
}

const bytesIn = (part: string): number => Math.floor((part.length * 3) / 4);

/** The first text that fits, padded to the length with a random member, or with spaces if that does not fit. */
function fit(texts: readonly string[], length: number, draw: Draw): string {
  const text = texts.find((candidate) => candidate.length <= length) ?? '';
  const frame = text === '{}' ? ['{"jti":"', '"}'] : [`${text.slice(0, -1)},"jti":"`, '"}'];
  const room = length - frame.join('').length;
  if (room < 0) return text.padEnd(length);
  return frame.join(Array.from({ length: room }, () => draw(36).toString(36)).join(''));
}
