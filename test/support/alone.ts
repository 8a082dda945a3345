/**
 * Files that run with no other beside them, as they look at the whole host, or change what others use: all bridges and addresses of
 * the host, all of an engine's images and containers, all processes of a name, the images and machines of this host's cache; or as they would wait for what a long one has (turn.ts).
 */
export const ALONE = {
  integration: [
    'bubblewrap-network',
    'container-confinement',
    'container-check',
    'image',
    'image-making',
    'verify-beyond',
    'verify-canary',
    'verify-capture',
    'verify-in-the-open',
  ],
  e2e: [
    'demo',
    'doctor-machines',
    'kill',
    'machine',
    'machine-engines',
    'machine-group',
    'machine-image',
    'machine-interrupted',
    'machine-kernel',
    'machines',
    'saved-machine',
    'trust',
    'verbs',
    'verify',
  ],
} as const;
