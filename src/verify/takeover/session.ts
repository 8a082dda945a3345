import type { BottleInput } from '../../manifest/schema/schema.ts';

/** Variables through which programs that keep secrets find the user's session. */
export const SESSION_VARIABLES: readonly string[] = ['DBUS_SESSION_BUS_ADDRESS', 'SSH_AUTH_SOCK'];

/** Returns whether an identity's secret comes from such a program: all sources except variables and files do. Pure. */
export const needsSession = ({ egress }: BottleInput): boolean =>
  (egress?.allow ?? []).some(({ inject }) => {
    if (inject === undefined || typeof inject === 'string') return false;
    const { secret } = inject;
    return typeof secret === 'string'
      ? secret.startsWith('op:')
      : secret.command !== undefined || secret.keyring !== undefined;
  });
