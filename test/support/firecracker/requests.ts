import type { ApiRequest } from '../../../src/drivers/microvm/vmm/firecracker.ts';

/** Requests to a Firecracker that only tests send. */

/** Reboots the machine at once, which ends its Firecracker: no program in it handles these keys. x86 only. */
export const STOP: ApiRequest = { method: 'PUT', path: '/actions', body: { action_type: 'SendCtrlAltDel' } };

export const RESUME: ApiRequest = { method: 'PATCH', path: '/vm', body: { state: 'Resumed' } };
