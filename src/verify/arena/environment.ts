import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { hostVariable } from '../../host/env.ts';
import type { Loot } from './loot.ts';
import { SOCKET_VARIABLES, type SocketVariable } from './targets.ts';

/** What a launcher's environment may hold of its user's: a token, the secret to lend, the ways to services of the session. */

export const SECRET_VARIABLE = 'BOT_BOTTLE_VERIFY_SECRET';
const TRUST_VARIABLE = 'NODE_EXTRA_CA_CERTS';

/** As each variable is written; others are paths. */
const SPELLED: Readonly<Partial<Record<SocketVariable, (path: string) => string>>> = {
  DBUS_SESSION_BUS_ADDRESS: (path) => `unix:path=${path}`,
  TMUX: (path) => `${path},1,0`,
};

/** The variables, and the certificate of the lender's voucher, which this host is to trust, in a file of its own. */
export function launcherEnvironment(
  loot: Loot,
  sockets: Readonly<Record<SocketVariable, string>>,
  trustPath: string,
): Readonly<Record<string, string>> {
  return {
    BOT_BOTTLE_VERIFY_TOKEN: loot.environment,
    [SECRET_VARIABLE]: loot.secret,
    [TRUST_VARIABLE]: trustPath,
    ...Object.fromEntries(SOCKET_VARIABLES.map((name) => [name, (SPELLED[name] ?? String)(sockets[name])])),
  };
}

/** Writes it, with what this host has added to its trust: the variable has room for one file. */
export function writeTrust(dir: string, certificate: string): string {
  const path = join(dir, 'trust.pem');
  const already = hostVariable(TRUST_VARIABLE);
  const before = already === undefined ? '' : readFileSync(already, 'utf8');
  writeFileSync(path, `${before}\n${certificate}\n`, { mode: 0o644 });
  return path;
}
