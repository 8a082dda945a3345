import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { hostVariable } from '../../host/env.ts';
import type { Loot } from './loot.ts';
import { SOCKET_VARIABLES, type SocketVariable } from './targets.ts';

/** A launcher's environment as a user may have it: a token, the secret to lend, and the sockets of session services. */

export const SECRET_VARIABLE = 'BOT_BOTTLE_VERIFY_SECRET';
const TRUST_VARIABLE = 'NODE_EXTRA_CA_CERTS';

/** Formats of the variables that hold more than a path. */
const SPELLED: Readonly<Partial<Record<SocketVariable, (path: string) => string>>> = {
  DBUS_SESSION_BUS_ADDRESS: (path) => `unix:path=${path}`,
  TMUX: (path) => `${path},1,0`,
};

/** Returns the variables, including the path of the file with the lender's certificate, which this host must trust. */
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

/**
 * Writes the certificate together with those that this host already adds to its trust: the variable names only one
 * file.
 */
export function writeTrust(dir: string, certificate: string): string {
  const path = join(dir, 'trust.pem');
  const already = hostVariable(TRUST_VARIABLE);
  const before = already === undefined ? '' : readFileSync(already, 'utf8');
  writeFileSync(path, `${before}\n${certificate}\n`, { mode: 0o644 });
  return path;
}
