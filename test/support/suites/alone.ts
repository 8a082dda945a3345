/**
 * Test files that run with no other file beside them. They inspect the whole host, or change what others use: all
 * bridges and addresses of the host, all images and containers of an engine, all processes of a name, the images and
 * machines of this host's cache. Some would otherwise wait for a resource that a long file holds (turn.ts).
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
