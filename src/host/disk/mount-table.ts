/** The text of /proc/PID/mountinfo: proc_pid_mountinfo(5). */

export interface MountEntry {
  /** `major:minor` of the file system: mounts with the same value show the same file system. */
  readonly device: string;
  readonly path: string;
  /** Options of this mount only. */
  readonly options: readonly string[];
  readonly type: string;
  /** Options of the file system. */
  readonly superOptions: readonly string[];
}

/** Decodes octal escapes, which the table uses for blanks. */
const unescaped = (text: string): string =>
  text.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));

/** The entries in order; of several mounts at one place, the last is visible. Pure. */
export const parseMountTable = (text: string): readonly MountEntry[] =>
  text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [own = '', fileSystem = ''] = line.split(' - ');
      const [, , device = '', , path = '', options = ''] = own.split(' ');
      const [type = '', , superOptions = ''] = fileSystem.split(' ');
      return {
        device,
        path: unescaped(path),
        options: options.split(','),
        type,
        superOptions: superOptions.split(','),
      };
    });
