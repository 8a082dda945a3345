import type { BottleInput } from '../../manifest/schema/schema.ts';

/** Variables by which programs that keep secrets find the user's session. */
export const SESSION_VARIABLES: readonly string[] = ['DBUS_SESSION_BUS_ADDRESS', 'SSH_AUTH_SOCK'];

/** Whether a secret of an identity comes from such a program: all but variables and files do. Pure. */
export const needsSession = ({ egress }: BottleInput): boolean =>
  (egress?.allow ?? []).some(({ inject }) => {
    if (inject === undefined || typeof inject === 'string') return false;
    const { secret } = inject;
    return typeof secret === 'string'
      ? secret.startsWith('op:')
      : secret.command !== undefined || secret.keyring !== undefined;
  });
