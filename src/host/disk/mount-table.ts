/** The text of /proc/PID/mountinfo: proc_pid_mountinfo(5). */

export interface MountEntry {
  /** `major:minor` of the file system: two mounts with the same show the same one. */
  readonly device: string;
  readonly path: string;
  /** Of this mount alone. */
  readonly options: readonly string[];
  readonly type: string;
  /** Of the file system. */
  readonly superOptions: readonly string[];
}

/** A table has blanks as octal numbers. */
const unescaped = (text: string): string =>
  text.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));

/** Its lines, in order: of several mounts at a place the last is seen. Pure. */
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
