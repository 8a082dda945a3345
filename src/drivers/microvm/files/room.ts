/** Room for an agent's work besides what it begins with: on other rungs that is the host's disk. A file with holes takes none before it is used. */
export const WORK_BYTES = 16 * 1024 ** 3;
