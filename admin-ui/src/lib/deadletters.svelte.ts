// A look at a sink's dead letters, again when its topic holds more or less of them.
import { rest } from '../api/rest';
import type { DeadLetters } from '../api/types';

/** Where letters come in all the time, the worker is not to read its topic all the time. */
const pauseMs = 10_000;

export class DeadLetterLook {
  report = $state.raw<DeadLetters | null>(null);
  error = $state.raw<unknown>(null);
  looking = $state(false);
  private looked = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private gone = false;

  constructor(private name: string) {}

  /** The topic is another than at the last look. */
  soon(): void {
    clearTimeout(this.timer);
    if (this.gone) return;
    this.timer = setTimeout(() => void this.look(), Math.max(0, this.looked + pauseMs - Date.now()));
  }

  async look(): Promise<void> {
    if (this.looking) return this.soon();
    clearTimeout(this.timer);
    this.looking = true;
    try {
      const report = await rest.deadLetters(this.name);
      if (this.gone) return;
      this.report = report;
      this.error = null;
    } catch (error) {
      this.error = error;
    } finally {
      this.looking = false;
      this.looked = Date.now();
    }
  }

  stop(): void {
    this.gone = true;
    clearTimeout(this.timer);
  }
}
