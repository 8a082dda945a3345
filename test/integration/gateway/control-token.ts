import { newToken } from '../../../src/gateway/control/token.ts';

/** Of the gateways of tests. */
export const CONTROL_TOKEN = newToken();
