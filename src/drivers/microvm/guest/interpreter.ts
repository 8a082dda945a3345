/**
 * A program of the host's, made to be started by a loader at another path (ELF, PT_INTERP), so that it needs nothing of an
 * image. It must name its loader by itself: an SSH server starts itself again for each connection.
 */

/** Its bytes, with the path of its loader replaced. Pure. @throws Error where it names none, or one that is shorter */
export function withInterpreter(program: Uint8Array, oldPath: string, newPath: string): Buffer {
  const made = Buffer.from(program);
  const at = made.indexOf(`${oldPath}\0`);
  if (at < 0) throw new Error(`it is not started by ${oldPath}`);
  if (newPath.length > oldPath.length) throw new Error(`${newPath} is longer than ${oldPath}`);
  made.fill(0, at, at + oldPath.length);
  made.write(newPath, at);
  return made;
}
