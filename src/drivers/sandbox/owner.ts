import { agentOwner, ownOwner } from '../../host/user.ts';
import type { BottleSpec, Owner } from '../driver.ts';

/**
 * Who the processes of a bottle's sandbox are on the host. Where folders of the host's are shared, what is written there must be
 * the same user's for every bottle; elsewhere each has its own.
 */
export const sandboxOwner = ({ id, rung }: Pick<BottleSpec, 'id' | 'rung'>): Owner =>
  rung.traits.sharesFiles ? agentOwner() : ownOwner(id);
