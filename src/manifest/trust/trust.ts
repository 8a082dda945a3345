import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { readTextIfThere, writeFileAtomic } from '../../host/files.ts';
import { stateDir } from '../../host/paths.ts';
import { digestOf, type ManifestFile } from '../text/read.ts';

/**
 * The state of the user's trust in a manifest. A project's manifest is trusted only with exactly the content and at
 * exactly the path that the user approved. Each path has only one trusted content: the user must trust an older one
 * again, otherwise an attacker who can write to the project could restore a laxer policy (docs/adr/0013).
 */
export type Trust =
  | { readonly status: 'trusted' }
  | { readonly status: 'unknown' }
  /** The user trusted other content; `previous` is that manifest, to show the difference. */
  | { readonly status: 'changed'; readonly previous: ManifestFile };

interface TrustRecord {
  readonly path: string;
  readonly digest: string;
  readonly trustedAt: string;
  readonly content: string;
}

/**
 * Returns whether the user trusts exactly this content. The user's own manifest is always trusted. A damaged record
 * counts as none.
 */
export async function checkTrust(file: ManifestFile): Promise<Trust> {
  if (file.origin === 'user') return { status: 'trusted' };
  const record = parseRecord(await readTextIfThere(recordPath(file)));
  if (record === undefined || record.path !== file.path) return { status: 'unknown' };
  const bytes = Buffer.from(record.content, 'utf8');
  if (digestOf(bytes) !== record.digest) return { status: 'unknown' };
  if (record.digest === file.digest) return { status: 'trusted' };
  return { status: 'changed', previous: { ...file, bytes, digest: record.digest } };
}

/**
 * Records that the user trusts this content at this path: the bytes that the user saw, never the file's current
 * content.
 */
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
