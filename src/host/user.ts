import { geteuid, getegid } from 'node:process';

/**
 * Who a bottle's processes are, on the host. Root never runs an agent or a gateway as root: uid 1000 inside a user
 * namespace made by root would be the host's root outside of it. The ids lie in a range that systemd's
 * "Users, Groups, UIDs and GIDs" page leaves to nobody, so they own nothing on the host.
 */
const AGENT_ID_UNDER_ROOT = 1_879_100_000;
const GATEWAY_ID_UNDER_ROOT = 1_879_100_001;
const KEY_HOLDER_ID_UNDER_ROOT = 1_879_100_002;

/** Whether this process runs with root's rights (the effective user id). */
export const isRoot = (): boolean => geteuid?.() === 0;

/** The host's user and group that an agent's processes run as where no engine decides it. */
export const agentOwner = (): { uid: number; gid: number } => ownerOr(AGENT_ID_UNDER_ROOT);

/** The host's user and group that a gateway process runs as. */
export const gatewayOwner = (): { uid: number; gid: number } => ownerOr(GATEWAY_ID_UNDER_ROOT);

/** The host's user and group of the process that holds a bottle's SSH keys. */
export const keyHolderOwner = (): { uid: number; gid: number } => ownerOr(KEY_HOLDER_ID_UNDER_ROOT);

/** The host's user ids that processes made for a bottle outside of its container run with: our own and, of root, the three above. */
export function bottleUids(): readonly number[] {
  return [geteuid?.() ?? -1, agentOwner().uid, gatewayOwner().uid, keyHolderOwner().uid];
}

function ownerOr(idUnderRoot: number): { uid: number; gid: number } {
  const [uid, gid] = [geteuid?.() ?? -1, getegid?.() ?? -1];
  return uid === 0 ? { uid: idUnderRoot, gid: idUnderRoot } : { uid, gid };
}
