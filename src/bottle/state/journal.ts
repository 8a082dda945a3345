import type { Resource } from '../../drivers/driver.ts';
import { ownIdentity } from '../../host/processes.ts';
import { type BottleRecord, isLive, mayFollow, type Phase } from './record.ts';
import { writeRecord } from './store.ts';

/** The record of one bottle, for the process that changes it. Every change is on disk before its promise settles. */
export class Journal {
  #record: BottleRecord;
  #lastWrite: Promise<void> = Promise.resolve();
  /** A write that has not started yet. */
  #nextWrite: Promise<void> | undefined;

  constructor(record: BottleRecord) {
    this.#record = record;
  }

  get record(): BottleRecord {
    return this.#record;
  }

  /** Enters the next phase. @throws Error for a transition that is not in the table, which is a bug */
  async enter(
    phase: Phase,
    more: Partial<Pick<BottleRecord, 'exitCode' | 'reason' | 'diskStart'>> = {},
  ): Promise<void> {
    if (!mayFollow(this.#record.phase, phase))
      throw new Error(`no way from ${this.#record.phase} to ${phase}`);
    const endedAt = isLive(phase) ? {} : { endedAt: new Date().toISOString() };
    await this.#change({ phase, ...endedAt, ...more });
  }

  /** Records a resource outside the bottle's folder, before it is made. */
  async add(resource: Resource): Promise<void> {
    await this.#change({ resources: [...this.#record.resources, resource] });
  }

  /** Makes this process the bottle's owner. */
  async own(detached: boolean): Promise<void> {
    await this.#change({ owner: ownIdentity(), detached });
  }

  async #change(part: Partial<BottleRecord>): Promise<void> {
    this.#record = { ...this.#record, ...part };
    const write = async (): Promise<void> => {
      this.#nextWrite = undefined;
      await writeRecord(this.#record);
    };
    // One write at a time: two at once could leave the older one on disk. Changes during a write share the next one.
    this.#nextWrite ??= this.#lastWrite.then(write, write);
    this.#lastWrite = this.#nextWrite;
    await this.#nextWrite;
  }
}
