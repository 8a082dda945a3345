import type { ApiRequest } from '../../../src/drivers/microvm/vmm/firecracker.ts';

/** What is asked of a Firecracker in tests only. */

/** The machine begins again at once, which ends its Firecracker: nothing in it takes these keys for itself. x86 only. */
export const STOP: ApiRequest = { method: 'PUT', path: '/actions', body: { action_type: 'SendCtrlAltDel' } };

export const RESUME: ApiRequest = { method: 'PATCH', path: '/vm', body: { state: 'Resumed' } };
