/**
 * A test's settings for the stand-in for Apple's `container`. Each call reads them from `settings.json` in its folder.
 */
export interface Settings {
  /** Version of the program. */
  readonly version: string;
  /** Version of the service, which an upgrade may leave behind. */
  readonly serverVersion: string;
  readonly macosVersion: string;
  /** Recorded answers, which replace the effect of a call. */
  readonly answers: readonly Answer[];
  /**
   * Patterns of options with values, such as `^--network none$`, that `create` does not apply; `ls` still shows them.
   */
  readonly notApplied: readonly string[];
  /** Number of bytes that `exec` passes on of a program's output: apple/container#1148. */
  readonly execOutputBytes?: number;
}

export interface Answer {
  /** The words of the subcommand: `image inspect`. */
  readonly call: string;
  readonly stdout?: string;
  readonly stderr?: string;
  readonly exitCode: number | 'never';
}

export const DEFAULTS: Settings = {
  version: '1.4.1',
  serverVersion: '1.4.1',
  macosVersion: '26.5.2',
  answers: [],
  notApplied: [],
};

/** Recorded answers. */
export const ANSWERS = {
  /** apple/container#1459, #1681, #1884, #2275: a call to a wedged service never returns. */
  hangs: (call: string): Answer => ({ call, exitCode: 'never' }),
  /** #1280 */
  losesService: (call: string): Answer => ({
    call,
    stderr: `Error: failed to ${call}: interrupted: "XPC connection error: Connection interrupted"\n`,
    exitCode: 1,
  }),
  serviceStopped: { call: 'system status', stdout: '{"status":"unregistered"}\n', exitCode: 1 },
  /** #1328 */
  noKernel: {
    call: 'create',
    stderr:
      'Error: notFound: "default kernel not configured for architecture arm64, please use the `container system kernel set` command to configure it"\n',
    exitCode: 1,
  },
  noImage: { call: 'image inspect', stderr: 'Error: image not found\n', exitCode: 1 },
  builderFails: { call: 'build', stderr: 'Error: failed to solve: nothing is made here\n', exitCode: 1 },
} as const;
