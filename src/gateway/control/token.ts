import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

/**
 * The token that every request to a gateway's control socket must carry. The gateway knows only the token's digest:
 * neither its configuration nor its memory contains anything with which another process could send requests.
 */

/** Returns a new token: 256 random bits, as hexadecimal digits. */
export const newToken = (): string => randomBytes(32).toString('hex');

/** Returns the token's SHA-256, as hexadecimal digits. */
export const digestOfToken = (token: string): string => createHash('sha256').update(token).digest('hex');

/** Returns the value of the `Authorization` header that carries the token: RFC 6750, 2.1. */
export const authorizationOf = (token: string): string => `Bearer ${token}`;

/** Whether an `Authorization` header carries the token with this digest. Takes the same time for every other token. */
export function carriesToken(authorization: string | undefined, digest: string): boolean {
  const sent = /^Bearer ([0-9a-f]{64})$/.exec(authorization ?? '')?.[1] ?? '';
  const [one, other] = [digestOfToken(sent), digest].map((text) => Buffer.from(text, 'hex'));
  return one !== undefined && other?.length === one.length && timingSafeEqual(one, other);
}
