// Small still pictures of sinks, for rows and lists. One request at a time, each picture at most every few seconds:
// a page of fifty rows costs a sink no more than a page of one.
import { credentialsFor } from '../session.svelte';
import { snapshotUrl } from './feed';
import { throughGate } from './gate';

const freshMs = 5000;
const thumbnailWidth = 192;

class Snapshots {
  private pictures = $state.raw<Map<string, string>>(new Map());
  private asked = new Map<string, number>();
  private queue: string[] = [];
  private busy = false;

  /** An object URL of the newest picture that is known, or nothing yet. */
  of(url: string | null): string | undefined {
    return url === null ? undefined : this.pictures.get(url);
  }

  want(url: string): void {
    if (document.hidden || Date.now() - (this.asked.get(url) ?? 0) < freshMs || this.queue.includes(url)) return;
    this.queue.push(url);
    void this.work();
  }

  private async work(): Promise<void> {
    if (this.busy) return;
    this.busy = true;
    for (let url = this.queue.shift(); url !== undefined; url = this.queue.shift()) {
      this.asked.set(url, Date.now());
      try {
        const signal = AbortSignal.timeout(4000);
        const picture = await throughGate(url, signal, async () => {
          const response = await fetch(snapshotUrl(url, thumbnailWidth), {
            credentials: credentialsFor(url),
            cache: 'no-store',
            signal,
          });
          return response.ok ? await response.blob() : null;
        });
        if (picture) this.keep(url, await thumbnail(picture));
      } catch {
        // No picture is no error here: the row says how the connector is.
      }
    }
    this.busy = false;
  }

  private keep(url: string, picture: string): void {
    const before = this.pictures.get(url);
    this.pictures = new Map(this.pictures).set(url, picture);
    if (before) setTimeout(() => URL.revokeObjectURL(before), 1000);
  }
}

async function thumbnail(blob: Blob): Promise<string> {
  const image = await createImageBitmap(blob, { resizeWidth: thumbnailWidth, resizeQuality: 'medium' });
  const canvas = new OffscreenCanvas(image.width, image.height);
  canvas.getContext('2d')!.drawImage(image, 0, 0);
  image.close();
  return URL.createObjectURL(await canvas.convertToBlob({ type: 'image/jpeg', quality: 0.8 }));
}

export const snapshots = new Snapshots();
