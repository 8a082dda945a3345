import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { readTextIfThere, writeFileAtomic } from '../host/files.ts';
import { stateDir } from '../host/paths.ts';
import { digestOf, type ManifestFile } from './text/read.ts';

/**
 * Which manifests the user has said yes to: a project's counts only with exactly the content that was trusted at
 * exactly its place. One content a place: going back to an older one must be trusted anew, or whoever can write the
 * project could bring back a laxer policy (docs/adr/0013).
 */
export type Trust =
  | { readonly status: 'trusted' }
  | { readonly status: 'unknown' }
  /** Another content was trusted; `previous` is that manifest, to show the difference. */
  | { readonly status: 'changed'; readonly previous: ManifestFile };

interface TrustRecord {
  readonly path: string;
  readonly digest: string;
  readonly trustedAt: string;
  readonly content: string;
}

/** Whether this very content may be used. The user's own manifest always may. A record that is damaged counts as none. */
export async function checkTrust(file: ManifestFile): Promise<Trust> {
  if (file.origin === 'user') return { status: 'trusted' };
  const record = parseRecord(await readTextIfThere(recordPath(file)));
  if (record === undefined || record.path !== file.path) return { status: 'unknown' };
  const bytes = Buffer.from(record.content, 'utf8');
  if (digestOf(bytes) !== record.digest) return { status: 'unknown' };
  if (record.digest === file.digest) return { status: 'trusted' };
  return { status: 'changed', previous: { ...file, bytes, digest: record.digest } };
}

/** Notes that the user trusts this content at this place: the bytes that were shown, never the file as it is by now. */
export async function recordTrust(file: ManifestFile, now: Date): Promise<void> {
  const record: TrustRecord = {
    path: file.path,
    digest: file.digest,
    trustedAt: now.toISOString(),
    content: Buffer.from(file.bytes).toString('utf8'),
  };
  await writeFileAtomic(recordPath(file), JSON.stringify(record, null, 2));
}

const recordPath = ({ path }: ManifestFile): string =>
  join(stateDir(), 'trust', `${createHash('sha256').update(path).digest('hex')}.json`);

function parseRecord(text: string | undefined): TrustRecord | undefined {
  try {
    const record: unknown = JSON.parse(text ?? '');
    return isRecord(record) ? record : undefined;
  } catch {
    return undefined;
  }
}

const isRecord = (value: unknown): value is TrustRecord =>
  typeof value === 'object' &&
  value !== null &&
  ['path', 'digest', 'trustedAt', 'content'].every(
    (key) => typeof (value as Readonly<Record<string, unknown>>)[key] === 'string',
  );
