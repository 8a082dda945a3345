import { newToken } from '../../../../src/gateway/control/token.ts';

/** The control token of the gateways in tests. */
export const CONTROL_TOKEN = newToken();
