import { agentOwner, ownOwner } from '../../host/user.ts';
import type { BottleSpec, Owner } from '../driver.ts';

/**
 * The host's user for the processes of a bottle's sandbox. If bottles share folders of the host, the files there must
 * belong to the same user for every bottle; otherwise each bottle has a separate user.
 */
export const sandboxOwner = ({ id, rung }: Pick<BottleSpec, 'id' | 'rung'>): Owner =>
  rung.traits.sharesFiles ? agentOwner() : ownOwner(id);
