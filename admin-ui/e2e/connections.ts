// Counts the sockets that browsers hold to a port of this machine, as the kernel sees them: what a page asks for one after
// the other and what it holds at the same time look alike from inside.
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

const established = '01';

/** The inodes of this machine's connections to 127.0.0.1:`port`, from the side that called. */
function callersOf(port: number): Set<string> {
  const lines = readFileSync('/proc/net/tcp', 'utf8').trim().split('\n').slice(1);
  const wanted = `0100007F:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  const fields = lines.map((line) => line.trim().split(/\s+/));
  return new Set(fields.filter((f) => f[2] === wanted && f[3] === established).map((f) => f[9]!));
}

function socketsOfChromium(): Set<string> {
  const found = new Set<string>();
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      if (!readFileSync(`/proc/${pid}/comm`, 'utf8').startsWith('chrom')) continue;
      for (const fd of readdirSync(`/proc/${pid}/fd`)) {
        const inode = /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1];
        if (inode) found.add(inode);
      }
    } catch {
      // It has ended meanwhile.
    }
  }
  return found;
}

export function connectionsTo(port: number): number {
  const callers = callersOf(port);
  return [...socketsOfChromium()].filter((inode) => callers.has(inode)).length;
}
