import { createHash } from 'node:crypto';
import { userInfo } from 'node:os';
import { geteuid, getegid } from 'node:process';

/**
 * Who a bottle's processes are, on the host. Root never runs an agent or a gateway as root: uid 1000 inside a user
 * namespace made by root would be the host's root outside of it. The ids lie in a range that systemd's
 * "Users, Groups, UIDs and GIDs" page leaves to nobody, so they own nothing on the host.
 */
const AGENT_ID_UNDER_ROOT = 1_879_100_000;
const GATEWAY_ID_UNDER_ROOT = 1_879_100_001;
const KEY_HOLDER_ID_UNDER_ROOT = 1_879_100_002;
/** Who opens a network that is root's own, once it is there: assets/handover/join.pl has it, too. */
export const OPENER_ID_UNDER_ROOT = 1_879_100_003;
/** The upper half of that range: one for each bottle that shares no files. */
const FIRST_OWN_ID = 0x7800_0000;
const OWN_IDS = 2 ** 27;

/** A numeric user and group of the host. */
export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

/** Whether this process runs with root's rights (the effective user id). */
export const isRoot = (): boolean => geteuid?.() === 0;

/**
 * The name of who runs this; the user id as digits where passwd(5) has no entry for it, as in a container that was started
 * with a number: os.userInfo() throws there (getpwuid_r(3)).
 */
export function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return String(geteuid?.() ?? 'unknown');
  }
}

/** The host's user and group that an agent's processes run as where no engine decides it. */
export const agentOwner = (): Owner => ownerOr(AGENT_ID_UNDER_ROOT);

/** The host's user and group that a gateway process runs as. */
export const gatewayOwner = (): Owner => ownerOr(GATEWAY_ID_UNDER_ROOT);

/** The host's user and group of the process that holds a bottle's SSH keys. */
export const keyHolderOwner = (): Owner => ownerOr(KEY_HOLDER_ID_UNDER_ROOT);

/**
 * The host's user and group that are this bottle's alone, where nobody else has to own what its processes write: who has broken
 * out of one finds nothing of another that is his.
 */
export function ownOwner(bottleId: string): Owner {
  return ownerOr(FIRST_OWN_ID + (createHash('sha256').update(bottleId).digest().readUInt32BE() % OWN_IDS));
}

/** Whether processes that are made for a bottle outside of its container may run with this user id of the host: our own and, of root, those above. */
export function isBottleUid(uid: number): boolean {
  const shared = [geteuid?.() ?? -1, agentOwner().uid, gatewayOwner().uid, keyHolderOwner().uid];
  const isOfRoot = uid === OPENER_ID_UNDER_ROOT || (uid >= FIRST_OWN_ID && uid < FIRST_OWN_ID + OWN_IDS);
  return shared.includes(uid) || (isRoot() && isOfRoot);
}

function ownerOr(idUnderRoot: number): Owner {
  const [uid, gid] = [geteuid?.() ?? -1, getegid?.() ?? -1];
  return uid === 0 ? { uid: idUnderRoot, gid: idUnderRoot } : { uid, gid };
}
