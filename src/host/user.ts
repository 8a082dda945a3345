import { createHash } from 'node:crypto';
import { userInfo } from 'node:os';
import { geteuid, getegid } from 'node:process';

/**
 * The host's users that run a bottle's processes. Root never runs an agent or a gateway as root: uid 1000 inside a user
 * namespace made by root would be the host's root outside of it. The ids lie in a range that systemd's "Users, Groups,
 * UIDs and GIDs" page leaves unassigned, so they own nothing on the host.
 */
const AGENT_ID_UNDER_ROOT = 1_879_100_000;
const GATEWAY_ID_UNDER_ROOT = 1_879_100_001;
const KEY_HOLDER_ID_UNDER_ROOT = 1_879_100_002;
/** The user that opens a network that belongs to root, once it exists; assets/handover/join.pl has the same id. */
export const OPENER_ID_UNDER_ROOT = 1_879_100_003;
/** The upper half of that range: one id for each bottle that shares no files. */
const FIRST_OWN_ID = 0x7800_0000;
const OWN_IDS = 2 ** 27;

/** A numeric user and group of the host. */
export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

/** Whether this process runs as root (effective user id). */
export const isRoot = (): boolean => geteuid?.() === 0;

/**
 * The name of the current user; its id as digits if passwd(5) has no entry for it, as in a container started with a
 * number: os.userInfo() throws there (getpwuid_r(3)).
 */
export function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return String(geteuid?.() ?? 'unknown');
  }
}

/** The host's user and group of an agent's processes, unless an engine decides them. */
export const agentOwner = (): Owner => ownerOr(AGENT_ID_UNDER_ROOT);

/** The host's user and group of a gateway process. */
export const gatewayOwner = (): Owner => ownerOr(GATEWAY_ID_UNDER_ROOT);

/** The host's user and group of the process that holds a bottle's SSH keys. */
export const keyHolderOwner = (): Owner => ownerOr(KEY_HOLDER_ID_UNDER_ROOT);

/**
 * A user and group of the host for this bottle alone, if no other user must own the files that its processes write: a
 * process that breaks out of one bottle then owns nothing of another.
 */
export function ownOwner(bottleId: string): Owner {
  return ownerOr(FIRST_OWN_ID + (createHash('sha256').update(bottleId).digest().readUInt32BE() % OWN_IDS));
}

/**
 * Whether a bottle's processes outside its container may run with this user id of the host: the current user's own and,
 * for root, the ids above.
 */
export function isBottleUid(uid: number): boolean {
  const shared = [geteuid?.() ?? -1, agentOwner().uid, gatewayOwner().uid, keyHolderOwner().uid];
  const isOfRoot = uid === OPENER_ID_UNDER_ROOT || (uid >= FIRST_OWN_ID && uid < FIRST_OWN_ID + OWN_IDS);
  return shared.includes(uid) || (isRoot() && isOfRoot);
}

function ownerOr(idUnderRoot: number): Owner {
  const [uid, gid] = [geteuid?.() ?? -1, getegid?.() ?? -1];
  return uid === 0 ? { uid: idUnderRoot, gid: idUnderRoot } : { uid, gid };
}
