import { createHash } from 'node:crypto';
import { crc32 } from '../engines/crc32.ts';
import { isRandom, isRandomUuid } from './random.ts';

/**
 * Checksums of kinds of secrets, which real secrets pass and made-up examples do not. Each check takes the whole
 * secret. `luhn` and `mod97` are for numbers of cards and accounts. `random` and `uuid` are no checksums: they check
 * whether a value looks random.
 */
export type CheckName = 'base58check' | 'bech32' | 'crc62' | 'luhn' | 'mod97' | 'random' | 'stellar' | 'uuid';

/** For each check, whether the secret passes it. */
export const CHECKS: Readonly<Record<CheckName, (secret: string) => boolean>> = {
  base58check: hasBase58Check,
  bech32: hasBech32Check,
  crc62: hasCrc62,
  luhn: hasLuhn,
  mod97: hasMod97,
  random: isRandom,
  stellar: hasStellarCheck,
  uuid: isRandomUuid,
};

const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const CRC62_LENGTH = 6;

/**
 * GitHub's and npm's tokens: the last six characters are the CRC-32 of those between the prefix and them, in base 62.
 * https://github.blog/engineering/platform-security/behind-githubs-new-authentication-token-formats/
 */
function hasCrc62(secret: string): boolean {
  const body = secret.slice(secret.lastIndexOf('_') + 1, -CRC62_LENGTH);
  return secret.endsWith(crc62Of(body));
}

/** Returns the checksum of GitHub's and npm's tokens for the text before it. */
export function crc62Of(body: string): string {
  let rest = crc32(Buffer.from(body, 'latin1'));
  let text = '';
  for (let digit = 0; digit < CRC62_LENGTH; digit += 1) {
    text = `${BASE62[rest % BASE62.length]}${text}`;
    rest = Math.floor(rest / BASE62.length);
  }
  return text;
}

const BASE58 = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz';

/**
 * Bitcoin's private keys (WIF) and extended keys: the first four bytes of a double SHA-256.
 * https://en.bitcoin.it/wiki/Base58Check_encoding
 */
function hasBase58Check(secret: string): boolean {
  let value = 0n;
  for (const character of secret) {
    const digit = BASE58.indexOf(character);
    if (digit < 0) return false;
    value = value * 58n + BigInt(digit);
  }
  const hex = value.toString(16);
  const bytes = Buffer.from(hex.padStart(hex.length + (hex.length % 2), '0'), 'hex');
  const sum = bytes.subarray(-4);
  const sha256 = (data: Uint8Array): Buffer => createHash('sha256').update(data).digest();
  const hasSum = (data: Uint8Array): boolean => sha256(sha256(data)).subarray(0, 4).equals(sum);
  const body = bytes.subarray(0, -4);
  return bytes.length > 4 && hasSum(body);
}

const BECH32 = 'qpzry9x8gf2tvdw0s3jn54khce6mua7l';
const BECH32_GENERATOR = [0x3b_6a_57_b2, 0x26_50_8e_6d, 0x1e_a1_19_fa, 0x3d_42_33_dd, 0x2a_14_62_b3];

/** age's and Nostr's secret keys. https://github.com/bitcoin/bips/blob/master/bip-0173.mediawiki */
function hasBech32Check(secret: string): boolean {
  const text = secret.toLowerCase();
  const separator = text.lastIndexOf('1');
  const prefix = Array.from(text.slice(0, separator), (character) => character.charCodeAt(0));
  const data = Array.from(text.slice(separator + 1), (character) => BECH32.indexOf(character));
  if (data.includes(-1)) return false;
  let sum = 1;
  for (const value of [...prefix.map((code) => code >> 5), 0, ...prefix.map((code) => code & 31), ...data]) {
    const top = sum >>> 25;
    sum = ((sum & 0x1_ff_ff_ff) << 5) ^ value;
    for (const [bit, generator] of BECH32_GENERATOR.entries()) if ((top >> bit) & 1) sum ^= generator;
  }
  return sum === 1;
}

const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** Stellar's secret seeds: CRC-16/XMODEM, little-endian. https://stellar.org/protocol/sep-23 */
function hasStellarCheck(secret: string): boolean {
  const bytes: number[] = [];
  let bits = 0;
  let held = 0;
  for (const character of secret) {
    held = ((held << 5) | BASE32.indexOf(character)) & 0xfff;
    bits += 5;
    if (bits < 8) continue;
    bits -= 8;
    bytes.push((held >> bits) & 0xff);
  }
  let crc = 0;
  for (const byte of bytes.slice(0, -2)) {
    crc ^= byte << 8;
    for (let bit = 0; bit < 8; bit += 1) crc = (crc & 0x80_00 ? (crc << 1) ^ 0x10_21 : crc << 1) & 0xff_ff;
  }
  return bytes.at(-2) === (crc & 0xff) && bytes.at(-1) === crc >> 8;
}

/** ISO/IEC 7812-1, annex B. Ignores separators. */
function hasLuhn(secret: string): boolean {
  let sum = 0;
  for (const [place, digit] of Array.from(secret.replaceAll(/\D/g, ''), Number).toReversed().entries()) {
    const value = place % 2 === 0 ? digit : digit * 2;
    sum += value > 9 ? value - 9 : value;
  }
  return sum % 10 === 0;
}

/** ISO 13616-1 and ISO 7064, MOD 97-10. Ignores separators. */
function hasMod97(secret: string): boolean {
  const text = secret.replaceAll(/[^\dA-Za-z]/g, '').toUpperCase();
  const digits = `${text.slice(4)}${text.slice(0, 4)}`.replaceAll(/[A-Z]/g, (letter) =>
    String(letter.charCodeAt(0) - 55),
  );
  let rest = 0;
  for (const digit of digits) rest = (rest * 10 + Number(digit)) % 97;
  return rest === 1;
}
